/**
 * Adopts what crosses by a handle or an id. It is apart, and loaded when it is needed: an interpreter starts about 20 ms
 * earlier without these modules.
 */
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
import type { InterpreterIdentity } from "../identity.js";
import { Interpreter } from "../interpreter.js";

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

export function adoptPrimitive(handle: SyncHandle): unknown {
  return ADOPT[handle.kind]?.(handle as never);
}

export function adoptInterpreter(identity: InterpreterIdentity): Interpreter {
  return Interpreter.from(identity);
}
