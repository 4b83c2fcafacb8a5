/**
 * The way of tasks to one worker thread and of its replies back: words on the shared heap, with no event loop in between.
 *
 *   a doorbell  int32 RUNG      tasks given so far, whether the worker sleeps, and whether a task is deferred: the first
 *                               to clear that bit rings for it, or takes it back (rings.ts)
 *               int32 ANSWERED  tasks that the worker is through with
 *   a cell      int32 STATE     what the cell holds, in the order below
 *               float64 [56]    the task as numbers, then the reply as numbers
 *
 *   TASK | POSTED ──> BEGUN ──> REPLY | REPLY_POSTED | UNREAD      POSTED: the task or reply is a message of the port
 *   TASK ──> TAKEN_BACK: the worker goes by                        UNREAD: a posted reply; the task could not be read
 *
 * Tasks go round the cells, so that a worker that is through with one finds the next without being woken. No ring is
 * lost: the worker says that it sleeps in the word that counts the rings. `test/models/lease.pml` is the model.
 */
import { allocateInternal, viewOf } from "../memory/heap.js";
import { LINE } from "../memory/layout.js";
import { Patience } from "./patience.js";
import { beforeSleep, countOf, makeReady, ring, ringIfReady, ringsOf, ringsSince, unmakeReady } from "./rings.js";

const RUNG = 0;
const ANSWERED = 1;

const CELLS = 64;
const NUMBERS = 56;
const CELL_BYTES = LINE + 8 * NUMBERS;
const BYTES = LINE + CELLS * CELL_BYTES;

/** Values of STATE. */
const TAKEN_BACK = 0;
const TASK = 1;
const POSTED = 2;
const BEGUN = 3;
const REPLY = 4;
const REPLY_POSTED = 5;
const UNREAD = 6;

/** Rings for a deferred task, from any thread, unless it has been taken back or rung for. */
export function ringFor(doorbell: number): void {
  ringIfReady(viewOf("int32", doorbell, 1), RUNG);
}

/** How long an idle worker looks for its next task before it sleeps, in ms. */
const LOOK_MS = 0.05;

/** The place of one task and its reply. */
export class Cell {
  /** A task or reply as numbers. */
  readonly numbers: Float64Array;
  readonly #words: Int32Array;

  constructor(pointer: number) {
    this.#words = viewOf("int32", pointer, 1);
    this.numbers = viewOf("float64", pointer + LINE, NUMBERS);
  }

  /** For the pool. */
  write(isPosted: boolean): void {
    Atomics.store(this.#words, 0, isPosted ? POSTED : TASK);
  }

  /** For the pool: takes the task back, if the worker has not begun on it and it is no message. */
  takeBack(): boolean {
    return Atomics.compareExchange(this.#words, 0, TASK, TAKEN_BACK) === TASK;
  }

  /** For the worker, which goes by what was taken back. @returns whether there is a task, and where */
  begin(): "here" | "posted" | undefined {
    const found = Atomics.compareExchange(this.#words, 0, TASK, BEGUN);
    if (found === POSTED) return "posted";
    return found === TASK ? "here" : undefined;
  }

  /** For the worker: the reply has been written, or posted. */
  answer(isPosted: boolean, isUnread: boolean): void {
    Atomics.store(this.#words, 0, isUnread ? UNREAD : isPosted ? REPLY_POSTED : REPLY);
  }

  /** For the pool, once the worker is through with it. */
  get reply(): "here" | "posted" | "unread" | undefined {
    const found = Atomics.load(this.#words, 0);
    if (found === TAKEN_BACK) return undefined;
    if (found === UNREAD) return "unread";
    return found === REPLY_POSTED ? "posted" : "here";
  }
}

export class Doorbell {
  readonly #words: Int32Array;
  readonly #cells: readonly Cell[];
  /** Tasks that were given, deferred ones too; counted from the first. */
  #given = 0;
  /** Of these, the ones that both sides are through with. */
  #done = 0;
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
    this.#cells = Array.from({ length: CELLS }, (_, i) => new Cell(pointer + LINE + i * CELL_BYTES));
  }

  #cell(task: number): Cell {
    return this.#cells[task % CELLS] as Cell;
  }

  /** For the pool: how many more tasks it may give. */
  get room(): number {
    return CELLS - (this.#given - this.#done);
  }

  /** For the pool: where the next task is to be written. */
  get next(): Cell {
    return this.#cell(this.#given);
  }

  /** For the pool: the next task has been written, or posted. Another thread may ring for one that is deferred. */
  give(isPosted: boolean, isDeferred = false): void {
    this.next.write(isPosted);
    this.#given++;
    if (isDeferred) makeReady(this.#words, RUNG);
    else ring(this.#words, RUNG);
  }

  /** For the pool: takes the last task back, if it is deferred and has not been rung for. */
  takeBackDeferred(): boolean {
    const isBack = unmakeReady(this.#words, RUNG);
    if (isBack) this.#given--;
    return isBack;
  }

  /**
   * For the pool: takes a task back on which the worker has not begun. Its cell is used until the worker has gone by; so
   * not the one in the last cell, for a worker without tasks has room.
   * @param place how many were given before it, of those that are not passed
   */
  takeBack(place: number): boolean {
    return this.room > 0 && this.#cell(this.#done + place).takeBack();
  }

  /** For the pool: the next cell that the worker is through with; undefined if there is none. */
  get answered(): Cell | undefined {
    return Atomics.load(this.#words, ANSWERED) === (this.#done | 0) ? undefined : this.#cell(this.#done);
  }

  /** For the pool: a thread has died, which may have rung and not notified. */
  rouse(): void {
    Atomics.notify(this.#words, RUNG);
  }

  /** For the pool: it is through with that cell, too. */
  pass(): void {
    this.#done++;
  }

  /** For the worker: blocks until a task is given. @returns its cell */
  awaitTask(): Cell {
    this.#awaitRing(countOf(this.#done));
    return this.#cell(this.#done);
  }

  #awaitRing(seen: number): void {
    if (this.#patience.begin())
      do
        if (ringsOf(this.#words, RUNG) !== seen) {
          this.#patience.hit();
          return;
        }
      while (this.#patience.goesOn());
    for (;;) {
      const asleep = beforeSleep(this.#words, RUNG, seen);
      if (asleep === undefined) return;
      Atomics.wait(this.#words, RUNG, asleep);
    }
  }

  /** For the worker: it is through with the cell. @returns how many tasks it has been rung for since */
  finish(): number {
    this.#done++;
    Atomics.add(this.#words, ANSWERED, 1);
    return ringsSince(this.#words, RUNG, this.#done);
  }
}
