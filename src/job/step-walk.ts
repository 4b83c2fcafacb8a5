/**
 * The way through the steps of a job: which comes next, over how many items. One thread at a time moves on, the one that has
 * done the last chunk of a step; where it stands is kept in numbers that may lie on shared memory.
 */
import type { ElementType } from "../memory/elements.js";
import { viewOf } from "../memory/heap.js";

/** A number that a step may have written. */
export interface Count {
  readonly type: ElementType;
  readonly pointer: number;
}

/** What the way asks of a step. */
export interface Stretch {
  /** Undefined: one plain call. */
  readonly n: number | Count | undefined;
  readonly grain: number | undefined;
  /** Items that its kernel and its arrays reach. */
  readonly most: number;
  /** Items per ms that are to be expected; undefined or 0: not known. */
  readonly rate?: number;
}

/** The steps [first, end) repeat. */
export interface Loop {
  readonly first: number;
  readonly end: number;
  readonly atMost: number;
  /** Pointer of an int32; 0: there is none. */
  readonly until: number;
}

/** The steps in order, and their loops, an inner one before the outer one. */
export interface Route {
  readonly steps: readonly Stretch[];
  readonly loops: readonly Loop[];
}

/** Where a walk stands, by index. */
const AT = 0;
const ITEMS = 1;
const GRAIN = 2;
const CHUNKS = 3;
const DONE = 4;
const ROUNDS = 5;

/**
 * A chunk should take so long, in ms, unless it is to have a given number of items: a slice has 8 chunks at most, which for
 * 1024 short ones took longer than their work.
 */
const SHORT_MS = 0.02;
/** More chunks only cost more: a step keeps no value of theirs, and a claim's slices have any size. */
const MAX_CHUNKS = 2 ** 20;

/** Numbers that the state of a walk takes. */
export function walkLength({ loops }: Route): number {
  return ROUNDS + loops.length;
}

export class Walk {
  /** Steps of one round of each loop, those of inner loops as often as they repeat at most. */
  readonly #sizes: readonly number[];

  /** @param state zero at first */
  constructor(
    private readonly route: Route,
    private readonly state: Float64Array,
  ) {
    this.#sizes = route.loops.map((_, i) => stepsOfRound(route, i));
  }

  /** The index of the step that it has come to. */
  get at(): number {
    return this.#get(AT) - 1;
  }

  /** Of that step. */
  get n(): number {
    return this.#get(ITEMS);
  }

  get grain(): number {
    return this.#get(GRAIN);
  }

  get chunks(): number {
    return this.#get(CHUNKS);
  }

  /** Steps that are done: all rounds of a loop, when it ends. */
  get done(): number {
    return this.#get(DONE);
  }

  #get(index: number): number {
    return this.state[index] as number;
  }

  /**
   * Goes on to the next step that has items.
   * @returns "wrong" when its number of items is none
   */
  advance(isStopped: () => boolean): "step" | "wrong" | "end" {
    const { state, route } = this;
    for (;;) {
      const next = this.#next();
      state[AT] = next + 1;
      const step = route.steps[next];
      if (step === undefined || isStopped()) return "end";
      const n = step.n === undefined ? 1 : typeof step.n === "number" ? step.n : numberAt(step.n);
      state[ITEMS] = n;
      if (!Number.isInteger(n) || n < 0 || n > step.most) return "wrong";
      if (n === 0) continue;
      const { grain = Math.max(Math.ceil(n / 1024), Math.floor((step.rate ?? 0) * SHORT_MS)) } = step;
      state[GRAIN] = Math.max(grain, Math.ceil(n / MAX_CHUNKS));
      state[CHUNKS] = Math.ceil(n / (state[GRAIN] as number));
      return "step";
    }
  }

  #next(): number {
    const { state, route } = this;
    const { at } = this;
    if (at < 0) return 0;
    state[DONE] = this.#get(DONE) + 1;
    for (const [i, { first, end, atMost, until }] of route.loops.entries()) {
      if (end !== at + 1) continue;
      const rounds = this.#get(ROUNDS + i) + 1;
      const isOver = until !== 0 && Atomics.load(viewOf("int32", until, 1), 0) !== 0;
      if (rounds < atMost && !isOver) {
        state[ROUNDS + i] = rounds;
        return first;
      }
      state[ROUNDS + i] = 0;
      state[DONE] = this.#get(DONE) + (atMost - rounds) * (this.#sizes[i] as number);
    }
    return at + 1;
  }
}

function numberAt({ type, pointer }: Count): number {
  return Number(viewOf(type, pointer, 1)[0]);
}

function stepsOfRound({ loops }: Route, index: number): number {
  const { first, end } = loops[index] as Loop;
  return countSteps(
    first,
    end,
    loops.slice(0, index).filter((loop) => loop.first >= first && loop.end <= end),
  );
}

/** How many steps [first, end) are, each as often as these loops repeat it. */
export function countSteps(first: number, end: number, loops: readonly Loop[]): number {
  let count = 0;
  for (let at = first; at < end; at++) count += timesOf(at, loops);
  return count;
}

/** How often these loops repeat a step, at most. */
export function timesOf(at: number, loops: readonly Loop[]): number {
  return loops.reduce((times, { first, end, atMost }) => (first <= at && at < end ? times * atMost : times), 1);
}
