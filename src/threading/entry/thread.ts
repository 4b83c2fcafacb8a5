/** The file that a Thread runs: it makes the one call, and posts the outcome before any joiner goes on. */
import { isNativeError } from "node:util/types";
import { type MessagePort, workerData } from "node:worker_threads";
import { alone } from "../../job/clone.js";
import { failureOf, KernelFault, NOT_SENT } from "../../job/failure.js";
import type { WireJob, WireJsKernel } from "../../job/wire-job.js";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { agentId } from "../../sync/agents.js";
import type { SyncHandle } from "../../sync/shared.js";
import { bindKernel } from "../../worker/bind.js";
import { asCall, watchCalls } from "../../worker/current-call.js";
import { postMoving } from "../../worker/post.js";
import { sendable } from "../../worker/result.js";
import { allowMoves } from "../../worker/transfer.js";
import type { ThreadOptions } from "../options.js";
import { ThreadState } from "../state.js";
import { bindRun, NoClass } from "../subclass.js";
import { type CallOutcome, REST } from "../thread.js";

interface Start {
  readonly memory: SharedMemory;
  readonly port: MessagePort;
  readonly state: SyncHandle<"Thread">;
  readonly job: WireJob & { readonly kernel: WireJsKernel };
  /** Of a subclass, whose `run` is to be called: the kernel names the class. */
  readonly self?: Required<ThreadOptions> | undefined;
}

const { memory, port, state: handle, job, self } = workerData as Start;
adoptMemory(memory);
watchCalls();
allowMoves();
const state = ThreadState.from(handle);
state.begin();
// The call may end the thread on purpose: process.exit().
process.once("exit", (code) => code === 0 && state.end());
post(await outcome());
state.end(lingers(/^(CloseReq|FSReq|MessagePort)/));
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write("", resolve));
// The ports of this thread's output are at rest now: any port that is left is the call's.
if (lingers(/^(CloseReq|FSReq)/)) state.linger();
port.postMessage(REST);
port.close();

/** Whether something keeps this thread. @param but names of resources that do not count: files that are being closed */
function lingers(but: RegExp): boolean {
  return process.getActiveResourcesInfo().some((name) => !but.test(name));
}

async function outcome(): Promise<CallOutcome> {
  try {
    const call = self
      ? await bindRun(job, { name: self.name, daemon: self.daemon, ident: agentId })
      : (await bindKernel(job, { scratch: 0 })).call;
    const { result, left } = await asCall(
      job.kernel,
      () => false,
      () => sendable(call()),
    );
    return left ? { failure: failureOf(job.kernel, left) } : { value: result };
  } catch (thrown) {
    if (isNativeError(thrown) && thrown instanceof NoClass) return { noClass: thrown.message };
    return { failure: failureOf(job.kernel, thrown) };
  }
}

function post(message: CallOutcome): void {
  try {
    postMoving(port, message, ({ value, ...rest }) => ({ ...rest, value: alone(value) }));
  } catch (error) {
    port.postMessage({ failure: failureOf(job.kernel, new KernelFault(NOT_SENT, error)) } satisfies CallOutcome);
  }
}
