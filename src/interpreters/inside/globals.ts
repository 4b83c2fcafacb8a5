/** Sets variables of this interpreter's top level: the part of `prepareMain` here. */
import { viewOf } from "../../memory/heap.js";
import { Barrier } from "../../sync/barrier.js";
import { Condition, type ConditionHandle } from "../../sync/condition.js";
import { Counter } from "../../sync/counter.js";
import { Event } from "../../sync/event.js";
import { Latch } from "../../sync/latch.js";
import { Lock } from "../../sync/lock.js";
import { LifoQueue, PriorityQueue, Queue } from "../../sync/queue.js";
import { RLock } from "../../sync/rlock.js";
import { BoundedSemaphore, Semaphore } from "../../sync/semaphore.js";
import type { SyncHandle } from "../../sync/shared.js";
import { Timer } from "../../sync/timer.js";
import { Interpreter } from "../interpreter.js";
import type { PackedValue } from "../values.js";
import { Refusal } from "../wire.js";
import { assign, hasSession } from "./session.js";

const ADOPT: Readonly<Record<string, (handle: never) => unknown>> = {
  Barrier: (handle: SyncHandle<"Barrier">) => Barrier.from(handle),
  BoundedSemaphore: (handle: SyncHandle<"BoundedSemaphore">) => BoundedSemaphore.from(handle),
  Condition: (handle: ConditionHandle) => Condition.from(handle),
  Counter: (handle: SyncHandle<"Counter">) => Counter.from(handle),
  Event: (handle: SyncHandle<"Event">) => Event.from(handle),
  Latch: (handle: SyncHandle<"Latch">) => Latch.from(handle),
  LifoQueue: (handle: SyncHandle<"LifoQueue">) => LifoQueue.from(handle),
  Lock: (handle: SyncHandle<"Lock">) => Lock.from(handle),
  PriorityQueue: (handle: SyncHandle<"PriorityQueue">) => PriorityQueue.from(handle),
  Queue: (handle: SyncHandle<"Queue">) => Queue.from(handle),
  RLock: (handle: SyncHandle<"RLock">) => RLock.from(handle),
  Semaphore: (handle: SyncHandle<"Semaphore">) => Semaphore.from(handle),
  Timer: (handle: SyncHandle<"Timer">) => Timer.from(handle),
};

/** @throws Refusal for a name that can't be set */
export async function setGlobals(values: readonly PackedValue[]): Promise<void> {
  for (const packed of values) {
    const { name } = packed;
    const value = unpack(packed);
    const isSet =
      Reflect.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true }) ||
      Reflect.set(globalThis, name, value);
    if (!isSet) throw new Refusal("TypeError", `values: ${name} is a global that can't be set`);
    if (!hasSession()) continue;
    const { thrown } = await assign(name, value);
    if (thrown) throw new Refusal("TypeError", `values: ${name} can't be set: ${(thrown.value as Error).message}`);
  }
}

function unpack(packed: PackedValue): unknown {
  switch (packed.as) {
    case "value":
      return packed.value;
    case "primitive":
      return ADOPT[packed.handle.kind]?.(packed.handle as never);
    case "array":
      return viewOf(packed.type, packed.pointer, packed.length);
    case "interpreter":
      return Interpreter.from(packed.identity);
  }
}
