/**
 * The accumulators that a cluster's workers bring back: what a claim came to, joined there as far as its chunks go together.
 * The rest is joined here, in the coordinator's own thread, one after the other as they come: to send them to a worker again
 * would take longer than a join does.
 */
import { byteLength } from "../../job/array-argument.js";
import { failureOf, rebuildFailure } from "../../job/failure.js";
import type { Task } from "../../job/future.js";
import { type Node, nodesOf, pairOf } from "../../job/join-order.js";
import type { PreparedJob } from "../../job/prepare.js";
import type { WireAccumulation } from "../../job/wire-job.js";
import { allocateInternal, freeInternal, viewOf } from "../../memory/heap.js";
import { bindJoin, type Join } from "../../worker/join.js";
import type { Chunks } from "./chunk-set.js";

export class NodeJoins {
  /** By the boundary of their pair; the root at 0. */
  readonly #waiting = new Map<number, Uint8Array>();
  readonly #bytes: number;
  #join: Join | undefined;
  #pair = 0;
  #working = Promise.resolve();
  #isOver = false;

  private constructor(
    private readonly accumulation: WireAccumulation,
    private readonly fail: (thrown: unknown) => void,
  ) {
    this.#bytes = byteLength(accumulation);
  }

  /** Undefined for a job without accumulators. What a join throws fails the task. */
  static of({ wire: { accumulation, kernel } }: PreparedJob, task: Task): NodeJoins | undefined {
    return (
      accumulation && new NodeJoins(accumulation, (thrown) => task.fail(rebuildFailure(failureOf(kernel, thrown))))
    );
  }

  /** Bytes that the chunks of a claim come to. */
  bytesOf([first, last]: Chunks): number {
    return nodesOf(first, last, this.accumulation.chunks).length * this.#bytes;
  }

  /** Takes what a claim came to. */
  add([first, last]: Chunks, bytes: Uint8Array): void {
    const nodes = nodesOf(first, last, this.accumulation.chunks);
    this.#working = this.#working
      .then(async () => {
        for (const [i, node] of nodes.entries())
          await this.#put(node, bytes.slice(i * this.#bytes, (i + 1) * this.#bytes));
      })
      .catch((thrown) => {
        if (!this.#isOver) this.fail(thrown);
        this.#isOver = true;
      });
  }

  async #put(node: Node, bytes: Uint8Array): Promise<void> {
    let [at, mine] = [node, bytes];
    for (let pair = pairOf(at, this.accumulation.chunks); pair; pair = pairOf(at, this.accumulation.chunks)) {
      const other = this.#waiting.get(pair.boundary);
      if (!other) {
        this.#waiting.set(pair.boundary, mine);
        return;
      }
      this.#waiting.delete(pair.boundary);
      mine = pair.isLeft ? await this.#joined(mine, other) : await this.#joined(other, mine);
      at = pair.joined;
    }
    this.#waiting.set(0, mine);
  }

  async #joined(into: Uint8Array, from: Uint8Array): Promise<Uint8Array> {
    if (this.#isOver) return into;
    this.#join ??= await bindJoin(this.accumulation, { scratch: 0 });
    this.#pair ||= allocateInternal(2 * this.#bytes, "two accumulators");
    const left = viewOf("uint8", this.#pair, this.#bytes);
    const right = viewOf("uint8", this.#pair + this.#bytes, this.#bytes);
    left.set(into);
    right.set(from);
    await this.#join.join(left.byteOffset, right.byteOffset);
    return left.slice();
  }

  /** Puts the result into the caller's array, once all is joined. */
  async finish(): Promise<void> {
    await this.#working;
    const root = this.#waiting.get(0);
    if (root && !this.#isOver) viewOf("uint8", this.accumulation.out, this.#bytes).set(root);
  }

  /** No more is to be joined. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#working;
    this.#join?.release();
    if (this.#pair > 0) freeInternal(this.#pair);
    this.#pair = 0;
  }
}
