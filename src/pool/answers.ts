/**
 * How a pool hears that a worker has answered: one word for all its workers.
 *
 *   int32 ANSWERS  tasks that its workers have answered so far, and whether the owner's event loop sleeps (rings.ts)
 *
 *   a task is given ─> turns of the event loop look at the words, for up to 100 us ─> one `Atomics.waitAsync`
 *
 * There is one wait a pool, never one a task: it can't be taken back, and one that is left takes the next wake-up.
 */
import { allocateInternal, freeInternal, viewOf } from "../memory/heap.js";
import { LINE } from "../memory/layout.js";
import { armWord } from "../sync/arm.js";
import { clearInterval, setImmediate, setInterval } from "../timers.js";
import { allowedCores } from "./cores.js";
import { FOREVER_MS } from "./keep-alive.js";
import { Patience } from "./patience.js";
import { beforeSleep, ring, ringsOf } from "./rings.js";

const ANSWERS = 0;

/** How long turns of the event loop look for a reply before the loop sleeps, in ms. */
const LOOK_MS = 0.1;

/** A worker that has a task. */
export interface Answering {
  readonly isAnswered: boolean;
  /** Takes the replies that have come; it is expected anew if more are to come. */
  take(): void;
}

/** For a worker: counts its reply, and wakes the owner if that sleeps. */
export function countAnswer(pointer: number): void {
  ring(viewOf("int32", pointer, 1), ANSWERS);
}

export class Answers {
  readonly pointer = allocateInternal(LINE, "a pool's count of replies");
  readonly #words = viewOf("int32", this.pointer, 1);
  readonly #patience = new Patience(LOOK_MS);
  readonly #expected = new Set<Answering>();
  /** Keeps the process alive while replies are expected: the wait does not. */
  readonly #alive = setInterval(() => {}, FOREVER_MS).unref();
  readonly #cores = allowedCores();
  #state: "idle" | "looking" | "listening" | "closed" = "idle";

  /** A worker has got a task. */
  expect(worker: Answering): void {
    if (this.#expected.size === 0) this.#alive.ref();
    this.#expected.add(worker);
    if (this.#state !== "idle") return;
    if (this.#mayLook()) this.#look();
    else this.#listen();
  }

  /** Whether a core is left to look on: two workers on two cores would share one with the looks. */
  #mayLook(): boolean {
    return this.#expected.size < this.#cores && this.#patience.begin();
  }

  /** No reply is expected of the worker any more. @returns whether one was */
  forget(worker: Answering): boolean {
    const wasExpected = this.#expected.delete(worker);
    if (this.#expected.size === 0) this.#alive.unref();
    return wasExpected;
  }

  /** A worker has died, which may have counted a reply and not notified. */
  rouse(): void {
    Atomics.notify(this.#words, ANSWERS);
  }

  /** All workers are dead. */
  close(): void {
    const isListening = this.#state === "listening";
    this.#state = "closed";
    clearInterval(this.#alive);
    if (isListening) this.rouse();
    else freeInternal(this.pointer);
  }

  /** @returns whether a reply has come */
  #collect(): boolean {
    let hasCome = false;
    // Each once: those that get the next task meanwhile may have answered it, too.
    for (const worker of [...this.#expected]) {
      if (!worker.isAnswered) continue;
      hasCome = true;
      this.forget(worker);
      worker.take();
    }
    if (this.#expected.size === 0) this.#state = "idle";
    return hasCome;
  }

  /** Looks once a turn of the event loop. */
  #look(): void {
    this.#state = "looking";
    setImmediate(() => {
      if (this.#state === "closed") return;
      const hasCome = this.#collect();
      if (hasCome) this.#patience.hit();
      if (this.#state === "idle") return;
      if (this.#expected.size < this.#cores && (hasCome ? this.#patience.begin() : this.#patience.goesOn()))
        this.#look();
      else this.#listen();
    });
  }

  #listen(): void {
    this.#state = "looking";
    const seen = ringsOf(this.#words, ANSWERS);
    this.#collect();
    if (this.#expected.size === 0) return;
    const asleep = beforeSleep(this.#words, ANSWERS, seen);
    const isArmed = asleep !== undefined && armWord(this.#words, ANSWERS, asleep, () => this.#woken());
    if (isArmed) this.#state = "listening";
    // One reply or more has come: a turn, in which the promises of those before settle.
    else setImmediate(() => this.#state !== "closed" && this.#listen());
  }

  #woken(): void {
    if (this.#state === "closed") freeInternal(this.pointer);
    else this.#listen();
  }
}
