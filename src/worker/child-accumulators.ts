/**
 * The accumulators of a job in a child process: those of a claim's chunks lie in its memory, and are joined there as far as
 * they go together. What is left has a place in the job's file, from where a later call of any child joins it; where the file
 * has no room, it goes with the messages.
 */
import { byteLength } from "../job/array-argument.js";
import type { WireAccumulation } from "../job/wire-job.js";
import { allocateInternal, freeInternal, viewOf } from "../memory/heap.js";
import { AccumulatingKernel } from "./accumulating.js";
import type { BoundKernel } from "./bind.js";
import type { JobFile } from "./job-file.js";
import { bindJoin, type Join } from "./join.js";
import { allocateTree, JoinTree } from "./join-tree.js";
import type { Errand, LooseNode } from "./process-messages.js";

export class ChildAccumulators {
  readonly #bytes: number;
  #join: Join | undefined;
  /** The address of two accumulators, made when they are needed. */
  #pair = 0;
  #tree: JoinTree | undefined;

  /** @param label what messages call the job */
  constructor(
    private readonly accumulation: WireAccumulation,
    private readonly label: string,
    private readonly file: JobFile | undefined,
  ) {
    this.#bytes = byteLength(accumulation);
  }

  /** Does what the errand orders. @returns what the file has no room for */
  async join({ orders, loose: given }: Errand, isStopped: () => boolean): Promise<LooseNode[]> {
    if (orders.length === 0) return [];
    const loose = new Map(given.map(({ at, bytes }) => [at, bytes]));
    this.#join ??= await bindJoin(this.accumulation, { scratch: 0 });
    this.#pair ||= allocateInternal(2 * this.#bytes, `${this.label}: two accumulators`);
    const [left, right] = [0, this.#bytes].map((from) => viewOf("uint8", this.#pair + from, this.#bytes));
    for (const { into, from } of orders) {
      if (isStopped() || !left || !right) break;
      this.#read(left, into, loose);
      this.#read(right, from, loose);
      await this.#join.join(left.byteOffset, right.byteOffset);
      loose.delete(into);
      loose.delete(from);
      if (!this.file?.write(left, into)) loose.set(into, left.slice());
    }
    return [...loose].map(([at, bytes]) => ({ at, bytes }));
  }

  #read(target: Uint8Array, at: number, loose: ReadonlyMap<number, Uint8Array>): void {
    const bytes = loose.get(at);
    if (bytes) target.set(bytes);
    else this.file?.read(target, at);
  }

  /** The kernel's next calls are of the chunks [first, last). */
  begin(kernel: BoundKernel, first: number, last: number): void {
    const { chunks } = this.accumulation;
    this.#tree = new JoinTree(allocateTree({ slots: 1, first, last, chunks, bytes: this.#bytes }, this.label));
    if (kernel instanceof AccumulatingKernel) kernel.use(this.#tree);
  }

  /** Puts what the chunks up to `last` came to at places of the file. @returns what it has no room for */
  put(last: number, { places }: Errand): LooseNode[] {
    const nodes = this.#tree?.nodes(last) ?? new Uint8Array();
    const loose: LooseNode[] = [];
    for (let from = 0, i = 0; from < nodes.length; from += this.#bytes, i++) {
      const bytes = nodes.slice(from, from + this.#bytes);
      const at = places[i] as number;
      if (!this.file?.write(bytes, at)) loose.push({ at, bytes });
    }
    return loose;
  }

  /** The claim is over. */
  end(): void {
    if (this.#tree) freeInternal(this.#tree.place.pointer);
    this.#tree = undefined;
  }

  close(): void {
    this.#join?.release();
    if (this.#pair > 0) freeInternal(this.#pair);
  }
}
