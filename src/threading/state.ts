/**
 * What a thread and those who join it share: it tells how far it is, also to a joiner that blocks its event loop.
 *
 *   words:  | STATE = (NEW, STARTED, RUNNING, OVER) << 4 | flags | BELL | AGENT | NATIVE_ID |
 */
import { agentId, isAlive, joinAgents, nativeThreadId } from "../sync/agents.js";
import { checkHandle, type Placement, Shared, type SyncHandle } from "../sync/shared.js";
import { type Next, SHIFT, Word } from "../sync/word.js";

const AGENT = 2;
const NATIVE_ID = 3;
const NEW = 0;
const STARTED = 1;
const RUNNING = 2;
const OVER = 3;

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
    return value === STARTED || value === RUNNING;
  }

  /** @returns false when it has been started before */
  start(): boolean {
    return this.#move(NEW, STARTED);
  }

  /** Called by the thread itself, first of all. */
  begin(): void {
    Atomics.store(this.words, NATIVE_ID, nativeThreadId());
    Atomics.store(this.words, AGENT, agentId);
    this.#move(STARTED, RUNNING);
  }

  /** Called by the thread when its work is done, and by its creator when it has ended. */
  end(): void {
    if (!this.#move(RUNNING, OVER)) this.#move(STARTED, OVER);
  }

  /** A creator that blocks sees no event of its thread's end. */
  #look(): void {
    const agent = Atomics.load(this.words, AGENT);
    if (agent !== 0 && this.word.value === RUNNING && !isAlive(this.#agents, agent)) this.end();
  }

  #move(from: number, to: number): boolean {
    return this.word.change((state) => (state >> SHIFT === from ? to << SHIFT : undefined)) !== undefined;
  }
}
