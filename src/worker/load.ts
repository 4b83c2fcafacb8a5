/**
 * Imports of kernels' modules. A module whose top level awaits a call of one of its kernels waits for ever: the call waits for
 * the import, which waits for the top level. Where nothing else is to be done any more, Node would end the process with
 * code 13 and no word: `beforeExit` comes before that, and the import fails instead.
 */
import { kept } from "../builtins.js";
import { UnsupportedError } from "../errors.js";
import { GUARD } from "../memory/heap.js";
import { isKernelThread } from "./kernel-thread.js";

type Module = Record<string, unknown>;

interface Import {
  readonly url: string;
  /** Code of this thread made the call, on a SerialExecutor: no message asked for it. */
  readonly isLocal: boolean;
  /** Ends the wait for it. */
  readonly reject: (reason: UnsupportedError) => void;
}

const underWay = new Set<Import>();
const refusals = new WeakSet<object>();

/** @throws what the module throws; a refusal (see `isRefusal`) where it waits for itself */
export async function importModule(url: string, isLocal: boolean): Promise<Module> {
  if (isLocal) refuseWhileLoading(url);
  return new kept.Promise((resolve, reject) => {
    if (underWay.size === 0) kept.process.on("beforeExit", refuseAll);
    const started: Import = { url, isLocal, reject };
    underWay.add(started);
    import(url).then(resolve, reject).finally(() => {
      underWay.delete(started);
      if (underWay.size === 0) kept.process.off("beforeExit", refuseAll);
    });
  });
}

/**
 * A worker never runs out of things to do, so that a module which it loads for a call, and which calls its kernels again,
 * would wait there for ever; a thread that it starts for the call would load the module and start a thread, and so on.
 * @throws a refusal where a worker loads this module: its program runs there by mistake
 */
export function refuseWhileLoading(url: string): void {
  if (isKernelThread() && [...underWay].some((other) => other.url === url && !other.isLocal))
    throw refusal(`a worker loads ${url} for a call of its kernels, which its top level calls again; ${GUARD}`);
}

/** The program has nothing left to do that could end the top levels of these modules. */
function refuseAll(): void {
  for (const { url, reject } of underWay)
    reject(
      refusal(
        `the top level of ${url} never ends, so that its kernels can't be called: it awaits this very call, or something ` +
          "else that never comes; call a function that awaits it, or keep the kernels in a file of their own",
      ),
    );
}

function refusal(message: string): UnsupportedError {
  const error = new UnsupportedError(message);
  refusals.add(error);
  return error;
}

/** Whether a module was refused, rather than that it failed. */
export function isRefusal(error: unknown): error is UnsupportedError {
  return typeof error === "object" && error !== null && refusals.has(error);
}
