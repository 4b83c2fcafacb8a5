/** Workers of the cluster's tests, as processes, and the jobs that they get. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Executor, jsKernel, SerialExecutor } from "allcores";
import { type ClusterEvent, ClusterWorker, type ClusterWorkerOptions } from "allcores/cluster";
import { onTestFinished } from "vitest";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { inherited, MAIN_URL } from "../cli/run.js";
import { closeRedis } from "../support/redis.js";
import { temporaryFolder } from "../support/system.js";

export const KERNELS = new URL("../fixtures/cluster-kernels.mjs", import.meta.url);

const roots = jsKernel<(begin: number, end: number, ms: number, log: string) => number>(KERNELS, "roots");
export const triple = jsKernel<(begin: number, end: number, y: Int32Array, ms: number, log: string) => void>(
  KERNELS,
  "triple",
);
export const failsAt = jsKernel<(begin: number, end: number, at: number, log: string) => void>(KERNELS, "failsAt");
export const gatedCount = jsKernel<(begin: number, end: number, from: number, gate: string) => number>(
  KERNELS,
  "gatedCount",
);
export const echo = jsKernel<(value: unknown, gate: string) => unknown>(KERNELS, "echo");
export const killsAt = jsKernel<(begin: number, end: number, at: number) => void>(KERNELS, "killsAt");

/** Times short enough for tests: a dead worker's claims are with another one within a second. */
const TIMES = ["--lock-duration", "600ms", "--stalled-interval", "300ms"];

/** What a worker says of itself. */
abstract class Watched {
  readonly events: ClusterEvent[] = [];
  #waiting: (() => void)[] = [];
  protected isOver = false;
  /** Why, if it did not end as it should. */
  protected abstract readonly reason: string;

  protected note(event: ClusterEvent): void {
    this.events.push(event);
    this.wake();
  }

  protected wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves with the first event for which it is so, from the past or the future. @param from which events count */
  async seen(isIt: (event: ClusterEvent) => boolean, from = 0): Promise<ClusterEvent> {
    for (;;) {
      const found = this.events.slice(from).find(isIt);
      if (found) return found;
      if (this.isOver) throw new Error(`the worker has ended: ${this.reason}`);
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }

  /** The same, of the future alone. */
  next(isIt: (event: ClusterEvent) => boolean): Promise<ClusterEvent> {
    return this.seen(isIt, this.events.length);
  }

  /** Resolves once it has computed so many claims. */
  async computed(count = 1): Promise<void> {
    await this.seen(() => this.claims("computed").length >= count);
  }

  /** The claims of one kind of event: `<run>/<job> <first>-<last>`. */
  claims(name: ClusterEvent["event"]): string[] {
    return this.events.filter(({ event }) => event === name).map(claimText);
  }

  /** Claims that it has begun, and not ended. */
  get open(): string[] {
    const over = ["computed", "dropped", "failed"].flatMap((name) => this.claims(name as ClusterEvent["event"]));
    return this.claims("claimed").filter((claim) => !over.includes(claim));
  }

  /** Resolves once it takes claims. */
  async ready(): Promise<this> {
    await this.seen(({ event }) => event === "ready");
    return this;
  }
}

/** A ClusterWorker in this process, for tests in which none dies. It ends with the test, or by `end`. */
export class LocalWorker extends Watched {
  readonly worker: ClusterWorker;
  readonly #run: Promise<void>;
  protected override reason = "";

  /** @param options with the tests' kernels, one thread and the tests' times, unless they say otherwise */
  constructor({ url }: RedisServer, options: Partial<ClusterWorkerOptions> = {}) {
    super();
    this.worker = new ClusterWorker({
      connection: url,
      kernels: [KERNELS],
      workers: 1,
      lockDuration: 600,
      stalledInterval: 300,
      ...options,
      onEvent: (event) => {
        this.note(event);
        options.onEvent?.(event);
      },
    });
    this.#run = this.worker.run().then(
      () => this.#end("it was shut down"),
      (error: Error) => this.#end(error.message),
    );
  }

  #end(reason: string): void {
    this.reason = reason;
    this.isOver = true;
    this.wake();
  }

  /** Ends it; claims under way go back to the queue. */
  async end(): Promise<void> {
    await this.worker.shutdown({ cancel: true });
    await this.#run;
  }
}

/** A worker of this process for one test. */
export async function localWorker(redis: RedisServer, options?: Partial<ClusterWorkerOptions>): Promise<LocalWorker> {
  const worker = new LocalWorker(redis, options);
  onTestFinished(() => worker.end());
  return worker.ready();
}

/** `allcores worker` with one thread. `endSite` ends it. */
export class TestWorker extends Watched {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  protected override reason = "";

  constructor({ url }: RedisServer, more: readonly string[] = []) {
    super();
    const place = ["--connection", url, "--kernels", fileURLToPath(KERNELS)];
    this.child = fork(fileURLToPath(MAIN_URL), ["worker", "--json", "--workers", "1", ...TIMES, ...place, ...more], {
      env: inherited,
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    createInterface(this.child.stdout as Readable).on("line", (line) => {
      this.note(JSON.parse(line) as ClusterEvent);
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.reason += text;
    });
    this.ended = once(this.child, "close").then(([code, signal]) => {
      this.isOver = true;
      this.wake();
      return code ?? signal;
    });
    started.add(this);
  }

  /** @returns its exit code, or the signal that ended it */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

export const isEvent =
  (name: ClusterEvent["event"], claim?: string) =>
  (event: ClusterEvent): boolean =>
    event.event === name && (claim === undefined || claimText(event) === claim);

/** What an event is about. */
export function claimText(event: ClusterEvent): string {
  return "run" in event ? `${event.run}/${event.job} ${event.first}-${event.last}` : "";
}

const started = new Set<TestWorker>();

/** Ends all workers and servers: what a `beforeAll` returns, since files share this module. */
export async function endSite(): Promise<void> {
  await Promise.all([...started].map((worker) => worker.end("SIGKILL")));
  started.clear();
  await closeRedis();
}

/** A log of the calls of kernels. */
export class Log {
  readonly path = join(temporaryFolder(), "log");

  /** The ranges of all calls that have ended, in order. */
  get calls(): (readonly [begin: number, end: number])[] {
    const lines = existsSync(this.path) ? readFileSync(this.path, "utf8").trim().split("\n").filter(Boolean) : [];
    return lines.map((line) => line.split(" ").map(Number) as [number, number]);
  }

  /** How many items were computed, those that were computed twice as two. */
  get items(): number {
    return this.calls.reduce((sum, [begin, end]) => sum + end - begin, 0);
  }
}

/** Items of a chunk. */
export const GRAIN = 10;

/** A job whose answer depends on the order of the chunks, each of which takes `ms`. */
export interface Sum {
  readonly chunks: number;
  readonly ms: number;
  readonly log?: Log;
}

export const ADD = { combine: (a: number, b: number) => a + b, initial: 0, grain: GRAIN };

export function sumRoots(executor: Executor, { chunks, ms, log }: Sum) {
  return executor.parallelReduce(roots, chunks * GRAIN, [ms / GRAIN, log?.path ?? ""], ADD);
}

/** The answer of a SerialExecutor. */
export function serialRoots(chunks: number): Promise<number> {
  return sumRoots(new SerialExecutor(), { chunks, ms: 0 });
}
