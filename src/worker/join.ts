/** How two accumulators become one: what `combine` says, bound to this thread. */
import { byteLength } from "../job/array-argument.js";
import { JoinFault } from "../job/failure.js";
import { accumulatorValues } from "../job/item-length.js";
import type { NumberJoin, WireAccumulation, WireKernel } from "../job/wire-job.js";
import { type ElementType, type HeapArray, viewOf } from "../memory/heap.js";
import { isThenable } from "../validate.js";
import { type BoundKernel, bindKernel, type Surroundings } from "./bind.js";

/** Joins the accumulator at `from` into the one at `into`. */
export interface Join {
  join(into: number, from: number): void | PromiseLike<void>;
  release(): void;
}

/** An accumulator, by its address, as a kernel of the language gets it. */
export function accumulatorArgument(
  { type, length }: Pick<WireAccumulation, "type" | "length">,
  language: WireKernel["language"],
): (address: number) => unknown {
  return language === "wasm" ? (address) => address : viewsOf(type, length);
}

/** Arrays by their addresses, each made once: a view takes 0.1 us, which a chunk needs several times. */
export function viewsOf<T extends ElementType>(type: T, length: number): (address: number) => HeapArray<T> {
  const views = new Map<number, HeapArray<T>>();
  return (address) => {
    const known = views.get(address);
    if (known) return known;
    const view = viewOf(type, address, length);
    views.set(address, view);
    return view;
  };
}

/** @param main the job's kernel, whose instance a join of the same module shares */
export async function bindJoin(
  accumulation: WireAccumulation,
  surroundings: Surroundings,
  main?: { readonly kernel: WireKernel; readonly bound: BoundKernel },
): Promise<Join> {
  const { combine, type, length } = accumulation;
  if (typeof combine === "string") return { join: numberJoin(combine, type, length), release() {} };
  const isSameModule = combine.language === "wasm" && main?.kernel.language === "wasm" && combine.id === main.kernel.id;
  const lease = isSameModule ? main.bound.lease : undefined;
  return KernelJoin.bind(combine, accumulation, { ...surroundings, arenas: surroundings.joinArenas, lease });
}

/** A join by a kernel. */
class KernelJoin implements Join {
  #bound: BoundKernel | undefined;
  #pair: readonly unknown[] = [];

  private constructor(
    private readonly kernel: WireKernel,
    private readonly argument: (address: number) => unknown,
    /** What it takes behind the accumulators: of each whose length it asks. */
    private readonly values: readonly number[],
    private readonly surroundings: Surroundings,
  ) {}

  static async bind(kernel: WireKernel, accumulation: WireAccumulation, surroundings: Surroundings) {
    const hidden = kernel.language === "wasm" ? (kernel.compiled?.hidden ?? 0) : 0;
    const values = Array.from({ length: hidden / 2 }, () => accumulatorValues(byteLength(accumulation))).flat();
    const argument = accumulatorArgument(accumulation, kernel.language);
    const made = new KernelJoin(kernel, argument, values, surroundings);
    try {
      made.#bound = await made.#bind();
    } catch (thrown) {
      throw new JoinFault(kernel, thrown);
    }
    made.#rest();
    return made;
  }

  #bind(): BoundKernel | Promise<BoundKernel> {
    const job = { kernel: this.kernel, range: undefined, scratch: 0, values: this.values, arrays: [] };
    return bindKernel(job, { ...this.surroundings, last: () => this.#pair });
  }

  /** A pool has fewer arenas than two for each worker: this kernel has one for no longer than a join takes. */
  #rest(): void {
    if (!this.surroundings.arenas || this.surroundings.lease) return;
    this.#bound?.release();
    this.#bound = undefined;
  }

  join(into: number, from: number): void | PromiseLike<void> {
    try {
      this.#pair = [this.argument(into), this.argument(from)];
      this.#bound ??= this.#bind() as BoundKernel; // at once: it was loaded before
      const joined = this.#bound.call();
      if (isThenable(joined))
        return Promise.resolve(joined).then(
          () => {},
          (thrown) => {
            throw new JoinFault(this.kernel, thrown);
          },
        );
    } catch (thrown) {
      throw new JoinFault(this.kernel, thrown);
    } finally {
      this.#rest();
    }
  }

  release(): void {
    this.#bound?.release();
  }
}

/** The stores of typed arrays wrap whole numbers; bigints are joined as numbers are, but for Math. */
function numberJoin(combine: NumberJoin, type: ElementType, length: number): Join["join"] {
  // A Uint8ClampedArray would clamp sums.
  const stored = type === "uint8Clamped" ? "uint8" : type;
  const isBig = type === "int64" || type === "uint64";
  const join = isBig && combine !== "sum" ? BIG_JOINS[combine] : JOINS[combine];
  const at = viewsOf(stored, length) as (address: number) => Numbers;
  return (into, from) => join(at(into), at(from));
}

/** Any typed array, as far as these loops are concerned. */
type Numbers = Float64Array<SharedArrayBuffer>;
type JoinNumbers = (into: Numbers, from: Numbers) => void;

const JOINS: Readonly<Record<NumberJoin, JoinNumbers>> = {
  sum(into, from) {
    for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + (from[i] as number);
  },
  min(into, from) {
    for (let i = 0; i < into.length; i++) into[i] = Math.min(into[i] as number, from[i] as number);
  },
  max(into, from) {
    for (let i = 0; i < into.length; i++) into[i] = Math.max(into[i] as number, from[i] as number);
  },
};

const BIG_JOINS: Readonly<Record<"min" | "max", JoinNumbers>> = {
  min(into, from) {
    for (let i = 0; i < into.length; i++) if ((from[i] as number) < (into[i] as number)) into[i] = from[i] as number;
  },
  max(into, from) {
    for (let i = 0; i < into.length; i++) if ((from[i] as number) > (into[i] as number)) into[i] = from[i] as number;
  },
};
