/**
 * The way of tasks to one worker thread and of its replies back: words on the shared heap, with no event loop in between.
 *
 *   a doorbell  int32 RUNG      tasks given so far
 *               int32 ASLEEP    1: the worker sleeps, or is about to
 *               int32 ANSWERED  tasks answered so far
 *               int32 BY_PORT   1: the task, or the reply, is a message of the port beside the words; 2: so is the reply, and
 *                               the task could not be read
 *               int32 DEFERRED  1: a task is there, but not yet given: the first to clear the word rings, or takes it back
 *               float64 [56]    else the task, or the reply, as numbers
 *
 * No ring is lost. The worker says that it sleeps, and then sleeps only while RUNG is what it has seen; the pool counts up
 * RUNG, and then looks whether it sleeps. `test/models/lease.pml` is the model.
 */
import { allocateInternal, viewOf } from "../memory/heap.js";
import { LINE } from "../memory/layout.js";
import { Patience } from "./patience.js";

const RUNG = 0;
const ASLEEP = 1;
const ANSWERED = 2;
const BY_PORT = 3;
const DEFERRED = 4;
const NUMBERS = 56;
/** Values of BY_PORT. */
const UNREAD = 2;
const BYTES = LINE + 8 * NUMBERS;

function ring(words: Int32Array): void {
  Atomics.add(words, RUNG, 1);
  // A notify is a system call: 17 to 30 us.
  if (Atomics.load(words, ASLEEP) !== 0) Atomics.notify(words, RUNG);
}

/** Rings for a deferred task, from any thread, unless it has been taken back or rung for. */
export function ringFor(doorbell: number): void {
  const words = viewOf("int32", doorbell, LINE / 4);
  if (Atomics.exchange(words, DEFERRED, 0) === 1) ring(words);
}

/** How long an idle worker looks for its next task before it sleeps, in ms. */
const LOOK_MS = 0.05;

export class Doorbell {
  /** A task or reply as numbers. */
  readonly numbers: Float64Array;
  readonly #words: Int32Array;
  /** Tasks that were given, deferred ones too. */
  #given = 0;
  readonly #patience = new Patience(LOOK_MS);

  /** The owner makes a doorbell for a worker. */
  static allocate(): Doorbell {
    return new Doorbell(allocateInternal(BYTES, "a worker's doorbell"));
  }

  /** The doorbell of a dead worker, for a new one. */
  static renew(pointer: number): Doorbell {
    viewOf("int32", pointer, LINE / 4).fill(0);
    return new Doorbell(pointer);
  }

  constructor(readonly pointer: number) {
    this.#words = viewOf("int32", pointer, LINE / 4);
    this.numbers = viewOf("float64", pointer + LINE, NUMBERS);
  }

  /** Whether the task, or the reply, is a message. */
  get isByPort(): boolean {
    return Atomics.load(this.#words, BY_PORT) !== 0;
  }

  /** For the pool: whether the last task could not be read, once it is answered. */
  get isUnread(): boolean {
    return Atomics.load(this.#words, BY_PORT) === UNREAD;
  }

  /** For the pool: a task has been written, or posted. Another thread may ring for one that is deferred. */
  give(isByPort: boolean, isDeferred = false): void {
    this.#given = (this.#given + 1) | 0; // as the words wrap
    Atomics.store(this.#words, BY_PORT, Number(isByPort));
    if (isDeferred) Atomics.store(this.#words, DEFERRED, 1);
    else ring(this.#words);
  }

  /** For the pool: takes a deferred task back. @returns false when it has been rung for */
  takeBack(): boolean {
    const isBack = Atomics.exchange(this.#words, DEFERRED, 0) === 1;
    if (isBack) this.#given = (this.#given - 1) | 0;
    return isBack;
  }

  /** For the pool: whether the last task has been answered. */
  get isAnswered(): boolean {
    return Atomics.load(this.#words, ANSWERED) === this.#given;
  }

  /** For the worker: blocks until there is a task. */
  awaitTask(): void {
    const seen = Atomics.load(this.#words, ANSWERED);
    if (this.#patience.begin())
      do
        if (Atomics.load(this.#words, RUNG) !== seen) {
          this.#patience.hit();
          return;
        }
      while (this.#patience.goesOn());
    Atomics.store(this.#words, ASLEEP, 1);
    while (Atomics.load(this.#words, RUNG) === seen) Atomics.wait(this.#words, RUNG, seen);
    Atomics.store(this.#words, ASLEEP, 0);
  }

  /** For the worker: the reply has been written, or posted. */
  answer(isByPort: boolean, isUnread: boolean): void {
    Atomics.store(this.#words, BY_PORT, isUnread ? UNREAD : Number(isByPort));
    Atomics.add(this.#words, ANSWERED, 1);
  }
}
