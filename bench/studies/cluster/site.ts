/** A redis-server and workers of one thread each, for the studies of the cluster. */
import { fileURLToPath } from "node:url";
import { type Executor, type Future, jsKernel } from "allcores";
import { type ClusterEvent, ClusterExecutor, type ClusterOptions } from "allcores/cluster";
import { RedisServer, type RedisServerOptions } from "../../../dist/cli/cluster/redis-server.js";
import { WorkerProcess } from "../../../dist/cli/cluster/worker-process.js";

const KERNELS = new URL("../../../bench/studies/cluster/kernels.js", import.meta.url);
const rest = jsKernel<(begin: number, end: number, ms: number) => number>(KERNELS, "rest");

/** A job of `chunks` chunks of one item, each of which takes `ms`. */
export function resting(executor: Executor, chunks: number, ms: number): Future<number> {
  return executor.parallelReduce(rest, chunks, [ms], { combine: (a, b) => a + b, initial: 0, grain: 1 });
}

type Listener = (event: ClusterEvent) => void;

export class Site implements AsyncDisposable {
  readonly #workers: WorkerProcess[] = [];

  private constructor(readonly redis: RedisServer) {}

  static async start(options?: RedisServerOptions): Promise<Site> {
    return new Site(await RedisServer.start(options));
  }

  /** @param times options of `allcores worker` */
  async worker(times: readonly string[] = [], onEvent?: Listener): Promise<WorkerProcess> {
    const place = ["--connection", this.redis.url, "--workers", "1", "--kernels", fileURLToPath(KERNELS)];
    const worker = new WorkerProcess([...place, ...times], onEvent);
    this.#workers.push(worker);
    await worker.ready();
    return worker;
  }

  executor(options?: Partial<ClusterOptions>): ClusterExecutor {
    return new ClusterExecutor({ connection: this.redis.url, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await this.redis.close();
  }
}

export const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
};
