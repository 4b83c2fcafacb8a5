/** Kernels that take locks, semaphores, events and counters, and what their tests make. */
import { heap, ThreadExecutor } from "allcores";
import { Event, Lock } from "allcores/sync";
import { onTestFinished } from "vitest";

type Words = Int32Array;
export interface Library {
  countLocked(begin: number, end: number, lock: Words, total: Words): void;
  countInside(begin: number, end: number, permits: Words, inside: Words): void;
  countAtomically(begin: number, end: number, counter: Words): void;
  passOn(go: Words, done: Words): void;
  hold(lock: Words, held: Words, go: Words): void;
  holdAndFail(lock: Words): void;
  holdForEver(lock: Words, held: Words): void;
  take(lock: Words): void;
  takeAndReturn(lock: Words): void;
  fails(): void;
  holdTwoAndFail(first: Words, second: Words, held: Words, go: Words): void;
  holdNine(...locks: Words[]): void;
  failsHolding(begin: number, end: number, lock: Words): void;
  died(lock: Words): boolean;
  tries(lock: Words): number;
  recovers(lock: Words): boolean;
  releases(lock: Words): void;
  releasePermits(permits: Words, count: number): void;
  events(event: Words): number;
  counters(counter: Words): number;
}

export const SOURCE = `
/** Two plain words, which only the holder touches. */
export function countLocked(begin: i32, end: i32, lock: Lock, total: Shared<i32>): void {
  for (let i = begin; i < end; i++) {
    lock.acquire();
    const p = total.at(0);
    if (load<i32>(p) != load<i32>(p, 4)) throw new Error("two had the lock");
    store<i32>(p, load<i32>(p) + 1);
    store<i32>(p, load<i32>(p, 4) + 1, 4);
    lock.release();
  }
}
export function countInside(begin: i32, end: i32, permits: Semaphore, inside: Shared<i32>): void {
  for (let i = begin; i < end; i++) {
    permits.acquire();
    inside.max(1, inside.add(0, 1) + 1);
    inside.add(0, -1);
    permits.release();
  }
}
export function countAtomically(begin: i32, end: i32, counter: Counter): void {
  for (let i = begin; i < end; i++) counter.add();
}
export function passOn(go: Event, done: Event): void { go.wait(); done.set(); }
export function hold(lock: Lock, held: Event, go: Event): void {
  lock.acquire();
  held.set();
  go.wait();
  lock.release();
}
export function holdAndFail(lock: Lock): void { lock.acquire(); throw new Error("on purpose"); }
export function holdForEver(lock: Lock, held: Event): void { lock.acquire(); held.set(); while (true) {} }
export function takeAndReturn(lock: Lock): void { lock.acquire(); }
export function fails(): void { throw new Error("something else"); }
export function holdTwoAndFail(first: Lock, second: Lock, held: Event, go: Event): void {
  first.acquire();
  second.acquire();
  held.set();
  go.wait();
  throw new Error("on purpose");
}
export function holdNine(a: Lock, b: Lock, c: Lock, d: Lock, e: Lock, f: Lock, g: Lock, h: Lock, i: Lock): void {
  const all: StaticArray<usize> = [changetype<usize>(a), changetype<usize>(b), changetype<usize>(c), changetype<usize>(d), changetype<usize>(e), changetype<usize>(f), changetype<usize>(g), changetype<usize>(h), changetype<usize>(i)];
  for (let k = 0; k < 9; k++) changetype<Lock>(all[k]).acquire();
}
export function failsHolding(begin: i32, end: i32, lock: Lock): void {
  lock.acquire();
  if (begin >= 0) throw new Error("the cause");
  lock.release();
}
export function died(lock: Lock): bool { return lock.ownerDied; }
export function take(lock: Lock): void { lock.acquire(); lock.release(); }
export function tries(lock: Lock): i32 {
  const first = lock.tryAcquire();
  const second = lock.tryAcquire();
  const locked = lock.locked;
  if (first) lock.release();
  return <i32>first | (<i32>second << 1) | (<i32>locked << 2) | (<i32>lock.locked << 3);
}
export function recovers(lock: Lock): bool {
  const first = lock.recover();
  if (first) lock.release();
  return first;
}
export function releases(lock: Lock): void { lock.release(); }
export function releasePermits(permits: Semaphore, count: i32): void { permits.release(count); }
export function events(event: Event): i32 {
  const before = event.isSet;
  event.set();
  event.wait();
  const set = event.isSet;
  event.clear();
  return <i32>before | (<i32>set << 1) | (<i32>event.isSet << 2);
}
export function counters(counter: Counter): i32 {
  const before = counter.value;
  counter.value = 5;
  if (!counter.compareExchange(5, 6) || counter.compareExchange(5, 7)) return -1;
  return before * 1000 + counter.exchange(9) * 100 + counter.add(3);
}
`;

/** A primitive on the heap, gone with the test. */
export function made<T extends { readonly words: Int32Array<SharedArrayBuffer> }>(primitive: T): T {
  onTestFinished(() => heap.free(primitive.words));
  return primitive;
}
export const lockOnHeap = () => made(new Lock({ on: heap }));
export const eventOnHeap = () => made(new Event({ on: heap }));

export function pool(workers = 2): ThreadExecutor {
  const executor = new ThreadExecutor({ workers });
  onTestFinished(() => executor.shutdown({ cancel: true }));
  return executor;
}
