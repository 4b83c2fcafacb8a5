/**
 * What a thread shares with the threads that join it: its state, which a joiner sees that blocks its event loop, too.
 *
 *   words:  | STATE = (NEW, STARTED, RUNNING, OVER, LINGERING, GONE) << 4 | flags | BELL | AGENT | NATIVE_ID |
 *
 * OVER: what came of its call is posted. LINGERING: the same, but timers and the like keep it. GONE: it was found to have
 * ended before its call was over.
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

/** For `ready`: it runs, or has ended. */
export const HAS_BEGUN = atLeast(RUNNING);
/** For `join`. */
export const IS_OVER = atLeast(OVER);

export class ThreadState extends Shared<"Thread"> {
  readonly word: Word;
  readonly #agents: Int32Array<SharedArrayBuffer>;
  /** Threads of the OS that came while it was started: it is one of them. */
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

  /** Whether it ended before its call was over. */
  get isGone(): boolean {
    return this.word.value === GONE;
  }

  /** @returns false when it has been started before */
  start(): boolean {
    return this.#move(NEW, STARTED);
  }

  /** Starts it, and remembers which threads came meanwhile. */
  launch<R>(work: () => R): R {
    const before = new Set(nativeThreads());
    const launched = work();
    this.#candidates = nativeThreads().filter((id) => !before.has(id));
    return launched;
  }

  /** It could not be started. */
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

  /** Called by its creator when it has ended. */
  gone(): void {
    if (!this.#move(RUNNING, GONE) && !this.#move(STARTED, GONE)) this.#move(LINGERING, OVER);
  }

  /** A creator that blocks sees no event of its thread's end. */
  #look(): number {
    const agent = Atomics.load(this.words, AGENT);
    if (agent === 0 ? this.#diedEarly() : !isAlive(this.#agents, agent)) this.gone();
    return LOOK.ms;
  }

  /** Whether it ended before it had posted its id: none of the OS threads that came with its start is left. */
  #diedEarly(): boolean {
    if (this.#candidates.length === 0 || this.word.value !== STARTED) return false;
    const now = new Set(nativeThreads());
    return !this.#candidates.some((id) => now.has(id)) && Atomics.load(this.words, AGENT) === 0;
  }

  #move(from: number, to: number): boolean {
    return this.word.change((state) => (state >> SHIFT === from ? to << SHIFT : undefined)) !== undefined;
  }
}
