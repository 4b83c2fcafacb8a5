/** Which interpreter this thread is, if it is one. */
import { threadId } from "node:worker_threads";
import { defaultName } from "./wire.js";

/** An interpreter, as any thread may know it. */
export interface Identity {
  readonly id: number;
  readonly name: string;
}

/** Threads that are no interpreters count as the main one's, as in Python. */
export const MAIN: Identity = { id: 0, name: defaultName(0) };

let self = MAIN;

/** Called by the entry of an interpreter. */
export function becomeSelf(name: string | undefined): Identity {
  self = { id: threadId, name: name ?? defaultName(threadId) };
  return self;
}

export function currentIdentity(): Identity {
  return self;
}
