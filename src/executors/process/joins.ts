/**
 * The accumulators of a job in child processes, as the parent knows them: it touches none, but says what the next call of a
 * child is to join.
 *
 *   claim ─> nodes, each at a place in the job's file ─> complete pairs go along with the next claim, or alone
 *         ─> ... ─> the root, which the parent reads
 */
import { byteLength } from "../../job/array-argument.js";
import { levelsOf, type Node, nodesOf, pairOf } from "../../job/join-order.js";
import type { WireAccumulation } from "../../job/wire-job.js";
import { wholeLines } from "../../memory/layout.js";
import type { Errand, JoinOrder, LooseNode } from "../../worker/process-messages.js";
import type { Claim } from "./claims.js";

/** A node that is there. */
interface PlacedNode extends Node {
  readonly at: number;
}

/** What a call was asked for. */
interface Asked extends Errand {
  /** What its joins come to. */
  readonly joined: readonly PlacedNode[];
}

/** Bytes of the job's file that accumulators need, if they all fit there. */
export function roomForNodes(accumulation: WireAccumulation, workers: number): number {
  const nodes = Math.min(accumulation.chunks, 2 * workers * (levelsOf(accumulation.chunks) + 1));
  return nodes * wholeLines(byteLength(accumulation));
}

export class ProcessJoins {
  /** By the boundary of their pair. */
  readonly #waiting = new Map<number, PlacedNode>();
  /** Pairs that are there, and what they come to at the place of the left one. */
  #ready: { readonly joined: PlacedNode; readonly from: number }[] = [];
  /** Places that no node has. */
  readonly #free: number[] = [];
  /** Nodes that do not lie in the file, by their places. */
  readonly #loose = new Map<number, Uint8Array>();
  readonly #chunks: number;
  readonly #stride: number;
  #root: PlacedNode | undefined;

  /** @param end where the other regions of the file end */
  constructor(
    accumulation: WireAccumulation,
    private end: number,
  ) {
    this.#chunks = accumulation.chunks;
    this.#stride = wholeLines(byteLength(accumulation));
  }

  /** Whether there is something to join. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** The result: its place in the file, or its bytes. */
  get root(): { readonly at: number; readonly bytes: Uint8Array | undefined } | undefined {
    return this.#root && { at: this.#root.at, bytes: this.#loose.get(this.#root.at) };
  }

  /** What the next call is to join, and where it puts what its claim comes to. */
  take(claim: Claim | undefined): Asked {
    const orders: JoinOrder[] = [];
    const joined = new Map<number, PlacedNode>();
    const queue = this.#ready;
    this.#ready = [];
    for (const { joined: node, from } of queue) {
      orders.push({ into: node.at, from });
      const pair = pairOf(node, this.#chunks);
      const boundary = pair?.boundary ?? 0;
      const other = pair && (joined.get(boundary) ?? this.#waiting.get(boundary));
      if (!other) joined.set(boundary, node);
      else {
        joined.delete(boundary);
        this.#waiting.delete(boundary);
        const [into, next] = pair.isLeft ? [node, other] : [other, node];
        queue.push({ joined: { ...pair.joined, at: into.at }, from: next.at });
      }
    }
    const places = claim ? Array.from({ length: 2 * levelsOf(this.#chunks) + 1 }, () => this.#place()) : [];
    const loose: LooseNode[] = [];
    for (const at of orders.flatMap(({ into, from }) => [into, from])) {
      const bytes = this.#loose.get(at);
      if (bytes) loose.push({ at, bytes });
    }
    return { orders, loose, places, joined: [...joined.values()] };
  }

  /** The call is back. @param last the end of what it did of its claim */
  comesBack(asked: Asked, claim: Claim | undefined, last: number, loose: readonly LooseNode[]): void {
    for (const { into, from } of asked.orders) {
      this.#loose.delete(into);
      this.#loose.delete(from);
      this.#free.push(from);
    }
    for (const { at, bytes } of loose) this.#loose.set(at, bytes);
    const nodes = claim ? nodesOf(claim[0], last, this.#chunks) : [];
    this.#free.push(...asked.places.slice(nodes.length));
    for (const [i, node] of nodes.entries()) this.#put({ ...node, at: asked.places[i] as number });
    for (const node of asked.joined) this.#put(node);
  }

  #put(node: PlacedNode): void {
    const pair = pairOf(node, this.#chunks);
    if (!pair) {
      this.#root = node;
      return;
    }
    const other = this.#waiting.get(pair.boundary);
    if (!other) {
      this.#waiting.set(pair.boundary, node);
      return;
    }
    this.#waiting.delete(pair.boundary);
    const [into, from] = pair.isLeft ? [node, other] : [other, node];
    this.#ready.push({ joined: { ...pair.joined, at: into.at }, from: from.at });
  }

  #place(): number {
    const known = this.#free.pop();
    if (known !== undefined) return known;
    this.end += this.#stride;
    return this.end - this.#stride;
  }
}
