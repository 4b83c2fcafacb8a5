/**
 * A range kernel whose chunks have accumulators.
 *
 *   first slice of a chunk ─> an accumulator, filled with the identity ─> each slice adds to it
 *   last slice of a chunk  ─> joined with its neighbour, if that is there, and so on up the tree ─> the root: into the result
 */
import { type Node, pairOf } from "../job/join-order.js";
import type { Range } from "../job/range.js";
import type { PlacedJob, WireAccumulation, WireKernel } from "../job/wire-job.js";
import type { HeapArray } from "../memory/heap.js";
import type { ArenaUse } from "../memory/instances.js";
import { isThenable } from "../validate.js";
import { type BoundKernel, bindKernel, type Surroundings } from "./bind.js";
import { accumulatorArgument, bindJoin, type Join, viewsOf } from "./join.js";
import { JoinTree, type TreePlace } from "./join-tree.js";

/** A range kernel with its arguments; its accumulators lie at `place`, if it has them. */
export function bindRange(
  job: PlacedJob,
  surroundings: Surroundings,
  place?: TreePlace,
  slot = 0,
): BoundKernel | Promise<BoundKernel> {
  if (!place) return bindKernel(job, surroundings);
  return AccumulatingKernel.bind(job, surroundings).then((bound) => {
    bound.use(new JoinTree(place, slot));
    return bound;
  });
}

type NamedKernel = Pick<WireKernel, "language" | "label">;

/** What calls of the job's kernels are to be watched as: as those of JS, if one of them is. */
export function watchedKernel({
  kernel,
  accumulation,
}: {
  readonly kernel: NamedKernel;
  readonly accumulation?: { readonly combine: string | NamedKernel } | undefined;
}): NamedKernel {
  const combine = accumulation?.combine;
  return typeof combine === "object" && combine.language === "js" ? combine : kernel;
}

export class AccumulatingKernel implements BoundKernel {
  #tree: JoinTree | undefined;
  #lastUse: ArenaUse | undefined;
  readonly lastUse: BoundKernel["lastUse"];
  /** Accumulators as arrays: filled and copied alike, whatever their type. */
  readonly #viewAt: (address: number) => HeapArray<"float64">;

  private constructor(
    private readonly range: Range,
    private readonly accumulation: WireAccumulation,
    private readonly kernel: BoundKernel,
    private readonly join: Join,
    private readonly argumentAt: (address: number) => unknown,
    /** What the kernel's next call gets last. */
    private readonly last: unknown[],
  ) {
    this.lastUse = kernel.lastUse && (() => this.#lastUse);
    this.#viewAt = viewsOf(accumulation.type, accumulation.length) as (address: number) => HeapArray<"float64">;
  }

  static async bind(job: PlacedJob, surroundings: Surroundings): Promise<AccumulatingKernel> {
    const { kernel, range, accumulation } = job;
    if (!range || !accumulation) throw new Error("a job without accumulators");
    const last: unknown[] = [];
    const bound = await bindKernel(job, { ...surroundings, last: () => last });
    try {
      const join = await bindJoin(accumulation, surroundings, { kernel, bound });
      const argumentAt = accumulatorArgument(accumulation, kernel.language);
      return new AccumulatingKernel(range, accumulation, bound, join, argumentAt, last);
    } catch (error) {
      bound.release();
      throw error;
    }
  }

  /** From the next call on its accumulators lie there. */
  use(tree: JoinTree): void {
    this.#tree = tree;
  }

  readonly call = (begin = 0, end = 0): unknown => {
    const { grain, n } = this.range;
    const tree = this.#tree as JoinTree;
    const address = begin % grain === 0 ? this.#begin(tree) : tree.current;
    this.last[0] = this.argumentAt(address);
    const value = this.kernel.call(begin, end);
    if (isThenable(value)) return Promise.resolve(value).then(() => this.#end(tree, end));
    this.#lastUse = this.kernel.lastUse?.();
    return end % grain === 0 || end === n ? this.#end(tree, end) : undefined;
  };

  #begin(tree: JoinTree): number {
    const address = tree.begin();
    this.#viewAt(address).fill(this.accumulation.identity as number);
    return address;
  }

  /** After a slice: at the end of its chunk, its accumulator goes up the tree. */
  #end(tree: JoinTree, end: number): undefined | PromiseLike<undefined> {
    const { grain, n } = this.range;
    if (end % grain !== 0 && end !== n) return undefined;
    return this.#climb(tree, { first: Math.ceil(end / grain) - 1, level: 0 }, tree.current);
  }

  #climb(tree: JoinTree, from: Node, at: number): undefined | PromiseLike<undefined> {
    const { chunks, out } = this.accumulation;
    let [node, address] = [from, at];
    for (;;) {
      const pair = pairOf(node, chunks);
      if (!pair && out > 0) {
        this.#viewAt(out).set(this.#viewAt(address));
        tree.free(address);
        return undefined;
      }
      const other = tree.meet(pair, address);
      if (!pair || other === undefined) return undefined;
      const [into, from] = pair.isLeft ? [address, other] : [other, address];
      const joined = this.join.join(into, from);
      if (isThenable(joined))
        return joined.then(() => {
          tree.free(from);
          return this.#climb(tree, pair.joined, into);
        });
      tree.free(from);
      node = pair.joined;
      address = into;
    }
  }

  release(): void {
    this.join.release();
    this.kernel.release();
  }
}
