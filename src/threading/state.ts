/**
 * What a thread and its joiners share: how far the thread is, which a joiner sees even while it blocks its event loop.
 *
 *   words:  | STATE = (NEW, STARTED, RUNNING, OVER, LINGERING, GONE) << 4 | flags | BELL | AGENT | NATIVE_ID |
 *
 * OVER: the outcome of its call is posted. LINGERING: the same, but timers and the like keep the thread. GONE: the thread
 * was found to have ended before its call was over.
 */
import { agentId, isAlive, joinAgents, nativeThreadId, nativeThreads } from "../sync/agents.js";
import { LOOK } from "../sync/look.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "../sync/shared.js";
import type { Next } from "../sync/waiter.js";
import { SHIFT, Word } from "../sync/word.js";

const AGENT = 2;
const NATIVE_ID = 3;
const NEW = 0;
const STARTED = 1;
const RUNNING = 2;
const OVER = 3;
const LINGERING = 4;
const GONE = 5;

const atLeast =
  (value: number): Next =>
  (state) =>
    state >> SHIFT >= value ? state : undefined;

/** For `ready`: the thread runs, or has ended. */
export const HAS_BEGUN = atLeast(RUNNING);
/** For `join`: the call is over, or the thread has ended. */
export const IS_OVER = atLeast(OVER);

export class ThreadState extends Shared<"Thread"> {
  readonly word: Word;
  readonly #agents: Int32Array<SharedArrayBuffer>;
  /** Threads of the OS that appeared while this one was started: it is one of them. */
  #candidates: readonly string[] = [];

  constructor(where: Placement | SyncHandle<"Thread"> = {}) {
    super("Thread", where);
    this.#agents = joinAgents(this.handle.agents);
    this.word = new Word(this.words, () => this.#look());
  }

  static from(handle: SyncHandle<"Thread">): ThreadState {
    return new ThreadState(checkHandle(handle, "Thread"));
  }

  /** The OS's id of the thread, or 0. */
  get nativeId(): number {
    return Atomics.load(this.words, NATIVE_ID);
  }

  get isAlive(): boolean {
    const { value } = this.word;
    return value === STARTED || value === RUNNING || value === LINGERING;
  }

  /** Whether the thread ended before its call was over. */
  get isGone(): boolean {
    return this.word.value === GONE;
  }

  /** @returns false when it has been started before */
  start(): boolean {
    return this.#move(NEW, STARTED);
  }

  /** Starts the thread by `work`, and remembers which threads of the OS appeared meanwhile. */
  launch<R>(work: () => R): R {
    const before = new Set(nativeThreads());
    const launched = work();
    this.#candidates = nativeThreads().filter((id) => !before.has(id));
    return launched;
  }

  /** Called when the thread could not be started. */
  revert(): void {
    this.#move(STARTED, NEW);
  }

  /** Called by the thread itself, first of all. */
  begin(): void {
    Atomics.store(this.words, NATIVE_ID, nativeThreadId());
    Atomics.store(this.words, AGENT, agentId);
    this.#move(STARTED, RUNNING);
  }

  /** Called by the thread when its call is over. @param lingers whether timers and the like keep it */
  end(lingers = false): void {
    this.#move(RUNNING, lingers ? LINGERING : OVER);
  }

  /** Called by the thread when it finds later that something keeps it. */
  linger(): void {
    this.#move(OVER, LINGERING);
  }

  /** Called by the thread's creator when the thread has ended. */
  gone(): void {
    if (!this.#move(RUNNING, GONE) && !this.#move(STARTED, GONE)) this.#move(LINGERING, OVER);
  }

  /** Looks for the thread's end, of which a creator that blocks sees no event. */
  #look(): number {
    const agent = Atomics.load(this.words, AGENT);
    if (agent === 0 ? this.#diedEarly() : !isAlive(this.#agents, agent)) this.gone();
    return LOOK.ms;
  }

  /** Whether the thread ended before it wrote its ids: none of the candidates is left. */
  #diedEarly(): boolean {
    if (this.#candidates.length === 0 || this.word.value !== STARTED) return false;
    const now = new Set(nativeThreads());
    return !this.#candidates.some((id) => now.has(id)) && Atomics.load(this.words, AGENT) === 0;
  }

  #move(from: number, to: number): boolean {
    return this.word.change((state) => (state >> SHIFT === from ? to << SHIFT : undefined)) !== undefined;
  }
}
