/** One call of a kernel, as `submit` makes it. */
import type { PlacedJob } from "../job/wire-job.js";
import { bindKernel, type Surroundings } from "./bind.js";

/** @param take what the result goes through */
export async function callOnce(
  job: PlacedJob,
  surroundings: Surroundings,
  take: (result: unknown) => unknown,
): Promise<unknown> {
  // Awaited in any case: what the kernel gives to `process.nextTick` comes after its call then, and finds it ended.
  const { call, release } = await bindKernel(job, surroundings);
  try {
    return await take(call());
  } finally {
    release();
  }
}
