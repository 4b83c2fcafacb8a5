/** What a Thread loads: makes its one call, and tells what came of it before anybody who joins goes on. */
import { type MessagePort, workerData } from "node:worker_threads";
import { bindKernel, sendableResult } from "../../executors/bind.js";
import { failureOf } from "../../executors/failure.js";
import type { WireJob } from "../../executors/job.js";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import type { SyncHandle } from "../../sync/shared.js";
import { ThreadState } from "../state.js";

interface Start {
  readonly memory: SharedMemory;
  readonly port: MessagePort;
  readonly state: SyncHandle<"Thread">;
  readonly job: WireJob;
}

const { memory, port, state: handle, job } = workerData as Start;
adoptMemory(memory);
const state = ThreadState.from(handle);
state.begin();
// The call may end the thread, and mean it.
process.once("exit", (code) => code === 0 && state.end());
try {
  const { call } = await bindKernel(job, { scratch: 0 });
  port.postMessage({ value: await sendableResult(call()) });
} catch (thrown) {
  port.postMessage({ failure: failureOf(job.kernel, thrown) });
}
state.end();
port.close();
