/**
 * Which interpreter has put an item into a queue, and what becomes of the item when that interpreter has ended.
 *
 *   ORIGIN of an item:  | agent id of the interpreter's thread << 2 | fate |, 0: it stays, whatever ends
 *
 * A queue has a fate for its items in its words, 0 in an ordinary queue, and a put may have another. Only the threads that
 * are interpreters have an id here: an item of the main thread, of a Thread or of an executor's worker stays.
 */
import { oneOf } from "../validate.js";
import { agentId, isAlive } from "./agents.js";
import { FATE } from "./queue-store.js";
import type { Words } from "./shared.js";

/** What `get` gives for an item whose interpreter has been closed, or has died. */
export const UNBOUND: unique symbol = Symbol("UNBOUND");

const FATES = ["unbound", "remove", "error"] as const;
/** What becomes of an item whose interpreter has ended: `get` gives UNBOUND, drops it, or throws an OwnerDiedError. */
export type Unbound = (typeof FATES)[number];

let isInterpreter = false;

/** Called by the entry of an interpreter: what this thread puts may come unbound. */
export function becomeInterpreter(): void {
  isInterpreter = true;
}

/** Makes a new queue one whose items come unbound. */
export function bindItems(words: Words, fate: unknown): void {
  words[FATE] = 1 + FATES.indexOf(oneOf("unbound", fate, FATES));
}

/** The ORIGIN of an item that this thread puts. @param unbound the option of the put */
export function originOf(words: Words, unbound: unknown): number {
  const ofQueue = words[FATE] as number;
  if (unbound !== undefined) oneOf("unbound", unbound, FATES);
  if (unbound !== undefined && ofQueue === 0)
    throw new TypeError("unbound is for queues made by createQueue of allcores/interpreters; items of this one stay");
  const fate = unbound === undefined ? ofQueue : 1 + FATES.indexOf(unbound as Unbound);
  return isInterpreter && fate > 0 ? (agentId << 2) | fate : 0;
}

/** What becomes of an item with this ORIGIN now; undefined: it is given out. */
export function fateOf(origin: number, agents: Int32Array<SharedArrayBuffer>): Unbound | undefined {
  return origin === 0 || isAlive(agents, origin >>> 2) ? undefined : FATES[(origin & 3) - 1];
}
