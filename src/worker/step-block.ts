/**
 * The control block of a job of steps on shared memory: the participants walk through the steps together.
 *
 *   lines of a control block    stop word, states of the participants
 *   line    int32 BELL          rings so far: a step has begun, the walk is over, the job was stopped
 *           int32 SLEEPERS      participants that sleep on the bell, or are about to: a ring without any costs no system call
 *           int32 CHUNKS_DONE   of this step
 *           int32 OVER          0 the walk goes on | 1 all steps are done | 2 a step's number of items is none
 *   line    int64 CLAIM         visits x 2^21 + the next chunk: a claim for a step that is over fails
 *   line..  float64 WALK[]      where the walk stands (step-walk.ts)
 *           float64 TABLE[]     the steps (step-table.ts)
 *
 *   last chunk of a step ─> CLAIM is closed ─> the walk goes on ─> CLAIM is open for the next visit ─> the bell
 *
 * Chunks are counted and never participants: one that comes late, or dies while it waits, is not waited for. A participant
 * without a claim looks for 0.05 ms and then sleeps on the bell. test/models/steps.pml has all of this.
 */
import type { WorkerCrashedError } from "../errors.js";
import { type Route, Walk, walkLength } from "../job/step-walk.js";
import { viewOf } from "../memory/heap.js";
import { LINE, wholeLines } from "../memory/layout.js";
import type { Patience } from "../pool/patience.js";
import { ControlBlock, controlBytes } from "./control-block.js";

const BELL = 0;
const SLEEPERS = 1;
const CHUNKS_DONE = 2;
const OVER = 3;

const GOES_ON = 0;
const ENDED = 1;
const WRONG = 2;

/** The part of CLAIM that counts chunks: a step has 2^20 at most. */
const CHUNK_SPAN = 2 ** 21;
/** No step has this chunk. */
const CLOSED = CHUNK_SPAN - 1;
/** Visits are counted up to here and then anew, so that CLAIM is a safe integer. */
const VISITS = 2 ** 31;

/** Chunks of the step at which the walk stands, [first, last): it does not go on before they are done. */
export interface StepClaim {
  readonly first: number;
  readonly last: number;
}

/** Where the parts of a block begin, in bytes from its start. */
function partsOf(slots: number, route: Route) {
  const bell = controlBytes(slots);
  const claim = bell + LINE;
  const walk = claim + LINE;
  return { bell, claim, walk, table: walk + wholeLines(8 * walkLength(route)) };
}

/** Bytes of the block. @param numbers of its table */
export function stepBlockBytes(slots: number, route: Route, numbers: number): number {
  return wholeLines(partsOf(slots, route).table + 8 * numbers);
}

/** Pointer of a block's table. */
export function tableOf(pointer: number, slots: number, route: Route): number {
  return pointer + partsOf(slots, route).table;
}

export class StepBlock extends ControlBlock {
  readonly walk: Walk;
  /** For the owner: a worker's death as that of its step. */
  explain: ((error: WorkerCrashedError) => WorkerCrashedError) | undefined;
  readonly #words: Int32Array;
  readonly #claims: BigInt64Array;

  constructor(
    pointer: number,
    private readonly participants: number,
    route: Route,
  ) {
    super(pointer, participants, 1);
    const parts = partsOf(participants, route);
    this.#words = viewOf("int32", pointer + parts.bell, LINE / 4);
    this.#claims = viewOf("int64", pointer + parts.claim, 1);
    this.walk = new Walk(route, viewOf("float64", pointer + parts.walk, walkLength(route)));
  }

  /** For the owner, before others have the block: the first step begins. */
  begin(): void {
    this.#advance(false);
  }

  /** Whether steps are left. */
  override get left(): boolean {
    return Atomics.load(this.#words, OVER) === GOES_ON;
  }

  /** Steps that are done. */
  override get done(): number {
    return this.walk.done;
  }

  /** Whether the walk has ended at a step whose number of items is none. */
  get isWrong(): boolean {
    return Atomics.load(this.#words, OVER) === WRONG;
  }

  override stop(): boolean {
    const isFirst = super.stop();
    this.#ring();
    return isFirst;
  }

  /** Rings so far; to be read before what a ring may change. */
  get rings(): number {
    return Atomics.load(this.#words, BELL);
  }

  /**
   * Waits until the bell has been rung since `rings`.
   * @param ms at most, once it sleeps
   */
  awaitRing(rings: number, patience: Patience, ms: number): void {
    if (patience.begin())
      do
        if (this.rings !== rings) {
          patience.hit();
          return;
        }
      while (patience.goesOn());
    Atomics.add(this.#words, SLEEPERS, 1);
    Atomics.wait(this.#words, BELL, rings, ms);
    Atomics.sub(this.#words, SLEEPERS, 1);
  }

  #ring(): void {
    Atomics.add(this.#words, BELL, 1);
    if (Atomics.load(this.#words, SLEEPERS) !== 0) Atomics.notify(this.#words, BELL);
  }

  /** Counts the steps that have begun. It does not change while the caller has chunks to do. */
  get visit(): number {
    return visitOf(Atomics.load(this.#claims, 0));
  }

  /**
   * Takes up to `wanted` chunks of the step at which the walk stands, fewer near its end so that the participants end together.
   * @param visit of one step alone
   * @returns undefined when none is left
   */
  claimStep(wanted: number, participants = this.participants, visit?: number): StepClaim | undefined {
    for (;;) {
      const seen = Atomics.load(this.#claims, 0);
      if (visit !== undefined && visitOf(seen) !== visit) return undefined;
      const first = Number(seen) % CHUNK_SPAN;
      const left = this.walk.chunks - first;
      if (left <= 0) return undefined;
      const chunks = Math.min(wanted, Math.ceil(left / (2 * participants)));
      if (Atomics.compareExchange(this.#claims, 0, seen, seen + BigInt(chunks)) === seen)
        return { first, last: first + chunks };
    }
  }

  /**
   * Chunks are done. The participant that has done the last one of a step goes on to the next.
   * @returns whether the step is over, and the chunk of the next step, if it has only one: its claim
   */
  finish(chunks: number): { readonly isOver: boolean; readonly claim?: StepClaim } {
    // Before they are counted: from then on another participant may go on.
    const all = this.walk.chunks;
    const done = Atomics.add(this.#words, CHUNKS_DONE, chunks) + chunks;
    return done < all ? { isOver: false } : this.#advance(true);
  }

  #advance(isClaimed: boolean): { readonly isOver: boolean; readonly claim?: StepClaim } {
    const { visit } = this;
    // A participant that has read the word before must not claim by it when the walk has gone on.
    Atomics.store(this.#claims, 0, BigInt(visit * CHUNK_SPAN + CLOSED));
    const found = this.walk.advance(() => this.stopped);
    if (found !== "step") {
      Atomics.store(this.#words, OVER, found === "wrong" ? WRONG : ENDED);
      this.#ring();
      return { isOver: true };
    }
    Atomics.store(this.#words, CHUNKS_DONE, 0);
    const isMine = isClaimed && this.walk.chunks === 1;
    Atomics.store(this.#claims, 0, BigInt(((visit + 1) % VISITS) * CHUNK_SPAN + Number(isMine)));
    // Of a single chunk, there is nothing for others to come for.
    if (isMine) return { isOver: true, claim: { first: 0, last: 1 } };
    this.#ring();
    return { isOver: true };
  }
}

function visitOf(claims: bigint): number {
  return Math.floor(Number(claims) / CHUNK_SPAN);
}
