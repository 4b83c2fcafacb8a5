/**
 * The call of a JS kernel that is under way: what the kernel may ask of its job, and the errors that it leaves behind (a
 * promise that nothing awaits, a throw of a timer).
 *
 *   asCall ─> the kernel ─> one turn of the event loop (3 us) ─> its result, or the error that it has left behind
 *                                                                later: a process warning that names the kernel
 *
 * A call is found by its async context, so that an error that shows late never passes for that of a later call. The context
 * costs 0.3 us an await on Node 20 in the threads that run JS kernels, and nothing before the first of them.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { parentPort } from "node:worker_threads";
import { kept } from "../builtins.js";
import { KernelFault } from "../job/failure.js";
import { describeThrown, textOfThrown } from "../job/thrown.js";
import type { WireKernel } from "../job/wire-job.js";
import { setImmediate } from "../timers.js";

interface Call {
  readonly label: string;
  readonly isStopped: () => boolean;
  /**
   * "ending": the kernel has returned, and the event loop has one more turn. "failed": an error that nothing has caught was
   * told to the caller, and the kernel may go on.
   */
  state: "running" | "ending" | "failed" | "over";
  /** Errors that nothing has caught; a rejection with its promise, which may be caught yet. */
  readonly left: { readonly error: unknown; readonly promise?: Promise<unknown> }[];
  /** Ends the call by an error that nothing has caught, in a thread that goes on. */
  fail?: (error: unknown) => void;
}

const calls = new AsyncLocalStorage<Call>();
/** The last call of this thread, for throws of microtasks, which have no context. */
let last: Call | undefined;
/** Rejections that may be caught yet. */
const leftBy = new WeakMap<Promise<unknown>, Call>();
/** Whether this thread looks for what calls leave behind. */
let isWatching = false;
/** Whether this thread goes on after such errors. */
let goesOn = false;

/** What a call came to. */
interface Made<T> {
  readonly result: T;
  readonly left?: KernelFault;
}

/**
 * Calls kernels as one call: `isCancelled` answers by `isStopped` in it, and in whatever it starts.
 * @returns its result, and what it left behind
 */
export async function asCall<T>(
  { language, label }: Pick<WireKernel, "language" | "label">,
  isStopped: () => boolean,
  work: () => T | PromiseLike<T>,
): Promise<Made<T>> {
  const call: Call = { label, isStopped, state: "running", left: [] };
  const before = last;
  last = call;
  try {
    if (language === "wasm") return { result: await work() };
    const result = await (goesOn ? untilFailed(call, work) : calls.run(call, work));
    if (!isWatching) return { result };
    call.state = "ending";
    await new kept.Promise<void>((resolve) => setImmediate(resolve));
    const [first] = call.left;
    return first ? { result, left: new KernelFault("left an error behind", first.error) } : { result };
  } finally {
    if (call.state !== "failed") call.state = "over";
    // A kernel may itself run jobs, on a SerialExecutor.
    if (before && before.state !== "over") last = before;
  }
}

/** What the work comes to, unless the call fails before: the work may wait for what has thrown, and for ever. */
function untilFailed<T>(call: Call, work: () => T | PromiseLike<T>): Promise<T> {
  return new kept.Promise((resolve, reject) => {
    call.fail = (error) => {
      call.state = "failed";
      reject(error);
    };
    kept.Promise.resolve(calls.run(call, work)).then(resolve, reject);
  });
}

/**
 * For JS kernels: whether the job that this kernel runs in has been cancelled, or has failed elsewhere; false outside of a
 * job. A kernel that takes longer than 40 ms should look now and then and return: otherwise cancelling costs its worker.
 */
export function isCancelled(): boolean {
  const call = calls.getStore();
  return call !== undefined && call.state !== "over" && call.isStopped();
}

/**
 * From now on, an error that nothing catches belongs to the call that has left it behind. An entry calls this once.
 * @param afterwards whether the thread goes on after errors that come too late for their call, or that a call waits for
 */
export function watchCalls(afterwards: "goes on" | "ends" = "ends"): void {
  isWatching = true;
  goesOn = afterwards === "goes on";
  kept.process.on("unhandledRejection", (error, promise) => {
    const call = calls.getStore() ?? last;
    if (!call) throw error;
    if (isTold(call)) reportLate(call, error);
    else {
      call.left.push({ error, promise });
      leftBy.set(promise, call);
    }
  });
  kept.process.on("rejectionHandled", (promise) => {
    const left = leftBy.get(promise)?.left ?? [];
    const at = left.findIndex((one) => one.promise === promise);
    if (at >= 0) left.splice(at, 1);
  });
  kept.process.on("uncaughtException", function hear(error) {
    const known = calls.getStore();
    const call = known ?? last;
    if (call && isTold(call)) reportLate(call, error);
    else if (call && (call.state === "ending" || !known)) call.left.push({ error });
    else if (call?.fail) call.fail(error);
    else {
      // The kernel may wait for what has thrown, and for ever: the worker ends by it, as a program does.
      kept.process.off("uncaughtException", hear);
      kept.process.nextTick(() => {
        throw error;
      });
    }
  });
}

/** Whether its caller has been told what it came to. */
function isTold({ state }: Call): boolean {
  return state === "failed" || state === "over";
}

/** Posted by a worker: an error that came too late for its call. */
interface LateError {
  readonly allcores: "late";
  /** Undefined: it has been reported before. */
  readonly text?: string;
}

/** Taken at load: kernels may replace them. */
const port = parentPort && { post: parentPort.postMessage.bind(parentPort) };
const send = process.send?.bind(process);

/**
 * A late error ends an idle worker, as it ends a program: its state may be half changed. A busy worker finishes its task
 * first; an interpreter goes on. A process waits for its parent's answer, since the reply that it posted before may still be on its way.
 */
function reportLate({ label }: Call, error: unknown): void {
  const shown = textOfThrown(describeThrown(error));
  const message: LateError = { allcores: "late", text: `${label} left an error behind, which showed later: ${shown}` };
  if (port) {
    port.post(message);
    if (!goesOn) leave(last);
  } else {
    isLeaving = true;
    askToLeave(message);
  }
}

/** Whether this process has had a late error. */
let isLeaving = false;
/** Its last call when it asked whether it may end. */
let asked: Call | undefined;

/** Asks the parent for LEAVE, if this process is to end. Its entry calls this after each task. */
export function askToLeave(message: LateError = { allcores: "late" }): void {
  if (!isLeaving) return;
  asked = last;
  send?.(message);
}

/** The parent's answer: everything that the process posted before has come. */
export const LEAVE = { allcores: "leave" } as const;

/** Ends this worker if it is idle since that call. */
export function leave(call = asked): void {
  if (call && call === last && call.state === "over") kept.process.exit(1);
}

/** For the owner: warns of a late error among what a worker posts beside its replies. @returns whether it was one */
export function hearLate(message: unknown): boolean {
  const { allcores, text } = (message ?? {}) as Partial<LateError>;
  if (allcores !== "late") return false;
  if (text !== undefined) kept.process.emitWarning(kept.String(text), "AllcoresWarning");
  return true;
}
