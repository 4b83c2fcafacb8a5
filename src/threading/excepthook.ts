/** What becomes of the error of a thread: besides reaching `join`, it is reported once. */
import { optionalFunction } from "../validate.js";
import type { ThreadInfo } from "./thread.js";

/** A thread that ended by an error. */
export interface Uncaught {
  readonly thread: ThreadInfo;
  readonly error: Error;
}

export type ExceptHook = (uncaught: Uncaught) => void;

const printed: ExceptHook = ({ thread, error }) => {
  console.error(`Exception in thread ${thread.name}: ${error.stack ?? error.message}`);
};

let hook = printed;

/**
 * Sets what is called, in the thread that started it, when a thread has ended by an error. The default prints it to
 * stderr.
 * @param next the new hook; undefined: the default
 * @returns the hook before
 */
export function excepthook(next: ExceptHook = printed): ExceptHook {
  optionalFunction("next", next);
  const before = hook;
  hook = next;
  return before;
}

export function reportUncaught(uncaught: Uncaught): void {
  hook(uncaught);
}
