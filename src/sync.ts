/** `allcores/sync`: locks and queues between threads, blocking and async. */

export {
  BrokenBarrierError,
  NotHeldError,
  OwnerDiedError,
  QueueEmptyError,
  QueueFullError,
  ShutdownError,
} from "./errors.js";
export type { AsyncWaitOptions } from "./sync/async-line.js";
export { Barrier, type BarrierOptions } from "./sync/barrier.js";
export { Condition, type ConditionHandle } from "./sync/condition.js";
export { Counter } from "./sync/counter.js";
export { Event } from "./sync/event.js";
export type { Held } from "./sync/held.js";
export { Latch } from "./sync/latch.js";
export { Lock } from "./sync/lock.js";
export {
  LifoQueue,
  type PriorityOptions,
  PriorityQueue,
  type PutOptions,
  Queue,
  type QueueOptions,
} from "./sync/queue.js";
export { RLock } from "./sync/rlock.js";
export { BoundedSemaphore, Semaphore } from "./sync/semaphore.js";
export type { Placement, SyncHandle, Words } from "./sync/shared.js";
export { Timer } from "./sync/timer.js";
