/** What a worker of an InterpreterExecutor loads: it calls the initializer, and then takes part in jobs. */
import { workerData } from "node:worker_threads";
import { failureOf, type WireFailure } from "../../job/failure.js";
import type { PlacedJob } from "../../job/wire-job.js";
import { BEGUN } from "../../pool/dedicated.js";
import { asCall } from "../../worker/current-call.js";
import { callOnce } from "../../worker/plain-call.js";
import { becomeWorker, serveTasks, type TasksStart } from "../../worker/serve-tasks.js";
import { flushed } from "../../worker/stderr.js";

const { initializer, ...start } = workerData as TasksStart & { readonly initializer?: PlacedJob };
becomeWorker(start);
if (initializer) start.port.postMessage(BEGUN);
const failure = initializer && (await failureOfCall(initializer));
await flushed();
if (failure) start.port.postMessage(failure);
else serveTasks(start);

async function failureOfCall(job: PlacedJob): Promise<WireFailure | undefined> {
  const kernel = { ...job.kernel, label: `the initializer ${job.kernel.label}` };
  const work = () => callOnce(job, { scratch: 0 }, (result) => result);
  try {
    const { left } = await asCall(kernel, () => false, work);
    return left && failureOf(kernel, left);
  } catch (thrown) {
    return failureOf(kernel, thrown);
  }
}
