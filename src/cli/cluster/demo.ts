/** The demonstration: pi and a fractal on two workers, of which one is killed, and the same on threads. */
import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { type Executor, estimatePi, heap, renderFractal, ThreadExecutor } from "allcores";
import { ClusterExecutor } from "allcores/cluster";
import { secondsSince } from "../output.js";
import { withProgress } from "../progress.js";
import { hasRedisServer, RedisServer } from "./redis-server.js";
import { WorkerProcess } from "./worker-process.js";

export interface DemoRow {
  readonly work: string;
  readonly clusterSeconds: number;
  readonly threadSeconds: number;
  /** Of both. */
  readonly answer: string;
}

interface RunOptions {
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

interface Work {
  readonly name: string;
  run(options: RunOptions): Promise<string>;
}

/** About a second of work on one core, and less. */
const SAMPLES = 6e9;
const PICTURE = { width: 2048, height: 2048, kind: "julia", c: { re: -0.8, im: 0.156 }, maxIterations: 2000 } as const;

const pi: Work = {
  name: `pi, ${SAMPLES.toLocaleString("en-US")} samples`,
  async run(options) {
    const { pi, hits } = await estimatePi({ samples: SAMPLES, seed: 42, ...options });
    return `${pi} (${hits} hits)`;
  },
};

const fractal: Work = {
  name: `a Julia set, ${PICTURE.width}x${PICTURE.height}, ${PICTURE.maxIterations} iterations`,
  async run(options) {
    using scope = heap.scope();
    const out = scope.int32(PICTURE.width * PICTURE.height);
    await renderFractal({ ...PICTURE, out, ...options });
    return `SHA-256 ${createHash("sha256").update(out).digest("hex").slice(0, 16)}...`;
  },
};

/** @throws Error when there is no redis-server, or when an answer is not that of the threads */
export async function runDemo(signal: AbortSignal): Promise<DemoRow[]> {
  if (!hasRedisServer())
    throw new Error("there is no redis-server here to demonstrate it with: install redis (Debian: redis-server)");
  await using redis = await RedisServer.start();
  const workers: WorkerProcess[] = [];
  const startWorker = () => {
    // Short times, for a demonstration that does not wait: chunks of a dead worker are with another one after 1.5 s at most.
    const times = ["--lock-duration", "1s", "--stalled-interval", "500ms"];
    const worker = new WorkerProcess(["--connection", redis.url, "--workers", "1", ...times]);
    workers.push(worker);
    return worker;
  };
  try {
    const [first] = [startWorker(), startWorker()];
    await Promise.all(workers.map((worker) => worker.ready()));
    signal.throwIfAborted();
    await using cluster = new ClusterExecutor({ connection: redis.url });
    await using threads = new ThreadExecutor();
    let killed: Promise<void> | undefined;
    const rows = [
      await compared(pi, { cluster, threads, signal }, ({ done, total }) => {
        if (2 * done >= total) killed ??= first.kill();
      }),
    ];
    await killed;
    void startWorker(); // joins while the fractal is computed
    rows.push(await compared(fractal, { cluster, threads, signal }));
    return rows;
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
}

interface Places {
  readonly cluster: Executor;
  readonly threads: Executor;
  readonly signal: AbortSignal;
}

async function compared(
  { name: work, run }: Work,
  { cluster, threads, signal }: Places,
  watch?: RunOptions["onProgress"],
): Promise<DemoRow> {
  const ours = await timed(work, (onProgress) => {
    const onEither: RunOptions["onProgress"] = (progress) => {
      onProgress?.(progress);
      watch?.(progress);
    };
    return run({ executor: cluster, signal, onProgress: onEither });
  });
  const theirs = await timed(`${work}, on threads`, (onProgress) => run({ executor: threads, signal, onProgress }));
  if (ours.answer !== theirs.answer)
    throw new Error(`the answers differ: ${work}: ${ours.answer} on the cluster, ${theirs.answer} on threads`);
  return { work, clusterSeconds: ours.seconds, threadSeconds: theirs.seconds, answer: ours.answer };
}

async function timed(
  label: string,
  run: (onProgress: RunOptions["onProgress"]) => Promise<string>,
): Promise<{ answer: string; seconds: number }> {
  return withProgress(label, async (onProgress) => {
    const start = performance.now();
    const answer = await run(onProgress);
    return { answer, seconds: secondsSince(start) };
  });
}
