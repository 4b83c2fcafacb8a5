/** The hook that reports the error of a thread once, besides its reaching `join`. */
import { optionalFunction } from "../validate.js";
import type { ThreadInfo } from "./running.js";

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
 * Sets the hook for threads that end by an error; it is called in the thread that started them. The default prints it to
 * stderr. What the hook itself throws is printed too, and nothing more.
 * @param next the new hook; undefined: the default
 * @returns the hook before
 */
export function excepthook(next: ExceptHook = printed): ExceptHook {
  optionalFunction("next", next);
  const before = hook;
  hook = next;
  return before;
}

/** Calls the hook. What it throws, or rejects with, is printed: it would end the process, which no thread's error does. */
export function reportUncaught(uncaught: Uncaught): void {
  new Promise<void>((resolve) => resolve(hook(uncaught))).catch((error: unknown) => {
    console.error("Exception in excepthook:", error);
    if (hook !== printed) printed(uncaught);
  });
}
