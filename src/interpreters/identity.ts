/** What any thread may know of an interpreter, and which one it is itself. */

import { threadId } from "node:worker_threads";
import { kept } from "../builtins.js";

/** An interpreter, as any thread may know it. */
export interface InterpreterIdentity {
  readonly id: number;
  readonly name: string;
}

/** The name of an interpreter that was given none. */
export function defaultName(id: number): string {
  return id === 0 ? "main" : `interpreter-${id}`;
}

/** How messages call an interpreter. */
export function labelOf(name: string): string {
  return `interpreter ${kept.JSON.stringify(name)}`;
}

/** Threads that are no interpreters count as the main one's, as in Python. */
export const MAIN: InterpreterIdentity = { id: 0, name: defaultName(0) };

let self = MAIN;

/** Called by the entry of an interpreter. */
export function becomeSelf(name: string | undefined): InterpreterIdentity {
  self = { id: threadId, name: name ?? defaultName(threadId) };
  return self;
}

export function currentIdentity(): InterpreterIdentity {
  return self;
}
