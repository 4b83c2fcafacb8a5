/** Workers of the cluster's tests, as processes, and the jobs that they get. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Executor, jsKernel, SerialExecutor } from "allcores";
import type { ClusterEvent } from "allcores/cluster";
import type { RedisServer } from "../../dist/cli/cluster/redis-server.js";
import { inherited, MAIN_URL } from "../cli/run.js";
import { closeRedis } from "../support/redis.js";
import { temporaryFolder } from "../support/system.js";

const KERNELS = new URL("../fixtures/cluster-kernels.mjs", import.meta.url);

const roots = jsKernel<(begin: number, end: number, ms: number, log: string) => number>(KERNELS, "roots");
export const triple = jsKernel<(begin: number, end: number, y: Int32Array, ms: number, log: string) => void>(
  KERNELS,
  "triple",
);
export const failsAt = jsKernel<(begin: number, end: number, at: number, log: string) => void>(KERNELS, "failsAt");
export const killsAt = jsKernel<(begin: number, end: number, at: number) => void>(KERNELS, "killsAt");

/** Times short enough for tests: a dead worker's claims are with another one within a second. */
const TIMES = ["--lock-duration", "600ms", "--stalled-interval", "300ms"];

/** `allcores worker` with one thread. `endSite` ends it. */
export class TestWorker {
  readonly events: ClusterEvent[] = [];
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  #waiting: (() => void)[] = [];
  #isOver = false;
  #stderr = "";

  constructor({ url }: RedisServer, more: readonly string[] = []) {
    const place = ["--connection", url, "--kernels", fileURLToPath(KERNELS)];
    this.child = fork(fileURLToPath(MAIN_URL), ["worker", "--json", "--workers", "1", ...TIMES, ...place, ...more], {
      env: inherited,
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    createInterface(this.child.stdout as Readable).on("line", (line) => {
      this.events.push(JSON.parse(line) as ClusterEvent);
      this.#wake();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(this.child, "close").then(([code, signal]) => {
      this.#isOver = true;
      this.#wake();
      return code ?? signal;
    });
    started.add(this);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves with the first event for which it is so, from the past or the future. @param from which events count */
  async seen(isIt: (event: ClusterEvent) => boolean, from = 0): Promise<ClusterEvent> {
    for (;;) {
      const found = this.events.slice(from).find(isIt);
      if (found) return found;
      if (this.#isOver) throw new Error(`the worker has ended: ${this.#stderr}`);
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

const ADD = { combine: (a: number, b: number) => a + b, initial: 0, grain: GRAIN };

export function sumRoots(executor: Executor, { chunks, ms, log }: Sum) {
  return executor.parallelReduce(roots, chunks * GRAIN, [ms / GRAIN, log?.path ?? ""], ADD);
}

/** The answer of a SerialExecutor. */
export function serialRoots(chunks: number): Promise<number> {
  return sumRoots(new SerialExecutor(), { chunks, ms: 0 });
}
