/** The cost of an executor: measured by jobs that do nothing, of one chunk and of many, and by one that moves bytes. */

import { orAbort } from "../abort.js";
import type { Executor } from "../executors/executor.js";
import { traffic } from "../executors/process/content.js";
import { jsKernel } from "../job/handles.js";
import { input, out } from "../job/roles.js";
import { packageFile } from "../locate.js";
import { heap } from "../memory/user-heap.js";
import { performance } from "../timers.js";
import { show } from "../validate.js";
import type { copyItems, doNothing } from "./entry/empty.js";
import type { DispatchReport } from "./report.js";
import { quantile } from "./statistics.js";

const ENTRY = packageFile("bench/entry/empty.js");
const nothing = jsKernel<typeof doNothing>(ENTRY, "doNothing");
const copying = jsKernel<typeof copyItems>(ENTRY, "copyItems");

/** Jobs of one chunk: the median of so many is steady to some percent, in well under a second. */
const JOBS = 200;
const WARM_JOBS = 50;
const MANY = 10_000;
const MANY_JOBS = 20;
/** Items of 8 bytes: 1 MiB. */
const ITEMS = 2 ** 17;

/** Measures the cost of a job and of a chunk on an executor; its workers are started first if they are not up. */
export async function measureDispatch(executor: Executor, signal?: AbortSignal): Promise<DispatchReport> {
  if (typeof executor?.ready !== "function") throw new TypeError(`executor must be an executor, got ${show(executor)}`);
  await orAbort(executor.ready(), signal);
  const jobOf = (chunks: number) => () => executor.parallelFor(nothing, chunks, [], { grain: 1, signal });
  await medianUs(jobOf(1), WARM_JOBS);
  const perJob = await medianUs(jobOf(1), JOBS);
  const many = await medianUs(jobOf(MANY), MANY_JOBS);
  return {
    executor: executor.kind,
    workers: executor.concurrency,
    perJob,
    perChunk: Math.max(0, (many - perJob) / (MANY - 1)),
    ...(await bytesCopied(executor, signal)),
  };
}

async function medianUs(job: () => Promise<unknown>, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await job();
    times.push((performance.now() - started) * 1000);
  }
  return quantile(times, 0.5);
}

async function bytesCopied(executor: Executor, signal: AbortSignal | undefined) {
  using scope = heap.scope();
  const [from, to] = [scope.float64(ITEMS), scope.float64(ITEMS)];
  const before = { ...traffic };
  await executor.parallelFor(copying, ITEMS, [input(from), out(to)], { signal });
  return { bytesIn: traffic.out - before.out, bytesOut: traffic.back - before.back };
}
