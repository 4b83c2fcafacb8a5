/** The order of joins, and the places that accumulators need, whatever the participants' turns. */
import { describe, expect, it } from "vitest";
import { levelsOf, type Node, nodesOf, pairOf } from "../../dist/job/join-order.js";
import { allocateInternal, freeInternal, viewOf } from "../../dist/memory/heap.js";
import { ControlBlock, controlBytes } from "../../dist/worker/control-block.js";
import { allocateTree, JoinTree, placesOf } from "../../dist/worker/join-tree.js";

/** The same numbers each time. */
function* draws(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    yield (state >>> 8) / 2 ** 24;
  }
}

describe("the order of joins", () => {
  it.each([1, 2, 3, 5, 7, 8, 100, 1023, 1025])("of %i chunks has each pair once, neighbours alone", (chunks) => {
    const spans = new Map<string, readonly [from: number, to: number]>();
    const ends = ({ first, level }: Node) => [first, Math.min(chunks, first + 2 ** level)] as const;
    const boundaries: number[] = [];
    let level: Node[] = Array.from({ length: chunks }, (_, first) => ({ first, level: 0 }));
    const waiting = new Map<number, readonly [from: number, to: number]>();
    while (level.length > 0) {
      const next: Node[] = [];
      for (const node of level) {
        const pair = pairOf(node, chunks);
        if (!pair) {
          expect(ends(node)).toEqual([0, chunks]);
          continue;
        }
        const other = waiting.get(pair.boundary);
        waiting.set(pair.boundary, ends(node));
        if (!other) continue;
        const [left, right] = pair.isLeft ? [ends(node), other] : [other, ends(node)];
        expect([left[1], right[0]]).toEqual([pair.boundary, pair.boundary]);
        expect(ends(pair.joined)).toEqual([left[0], right[1]]);
        boundaries.push(pair.boundary);
        next.push(pair.joined);
      }
      level = next;
    }
    expect(spans.size).toBe(0);
    expect(boundaries.sort((a, b) => a - b)).toEqual(Array.from({ length: chunks - 1 }, (_, i) => i + 1));
  });

  it("of a part of the chunks leaves at most two nodes a level, from left to right", () => {
    const random = draws(1);
    for (let round = 0; round < 500; round++) {
      const chunks = 1 + Math.floor(300 * random.next().value);
      const from = Math.floor(chunks * random.next().value);
      const to = from + 1 + Math.floor((chunks - from) * random.next().value);
      const nodes = nodesOf(from, Math.min(to, chunks), chunks);
      let at = from;
      for (const { first, level } of nodes) {
        expect(first).toBe(at);
        at = Math.min(chunks, first + 2 ** level);
      }
      expect(at).toBe(Math.min(to, chunks));
      expect(nodes.length).toBeLessThanOrEqual(2 * levelsOf(chunks) + 1);
      for (const [i, { level }] of nodes.entries())
        expect(nodes.slice(i + 1).filter((other) => other.level === level).length).toBeLessThanOrEqual(1);
    }
  });
});

/** A participant that does a chunk or a join a turn. */
class Participant {
  #at = 0;
  #end = 0;
  /** What it has in its hands on its way up. */
  #held: { node: Node; address: number } | undefined;

  constructor(
    private readonly tree: JoinTree,
    private readonly control: ControlBlock,
    private readonly wanted: () => number,
  ) {}

  /** @returns whether there is more to do */
  turn(): boolean {
    if (this.#held) return this.#climb();
    if (this.#at === this.#end) {
      const claim = this.control.claimAligned(this.wanted());
      if (!claim) return false;
      [this.#at, this.#end] = claim;
    }
    const address = this.tree.begin();
    expect(this.tree.current).toBe(address);
    viewOf("float64", address, 1)[0] = this.#at + 1;
    this.#held = { node: { first: this.#at, level: 0 }, address };
    this.#at++;
    return true;
  }

  #climb(): boolean {
    const { node, address } = this.#held as { node: Node; address: number };
    this.#held = undefined;
    const pair = pairOf(node, this.tree.place.chunks);
    const other = this.tree.meet(pair, address);
    if (!pair || other === undefined) return true;
    const [into, from] = pair.isLeft ? [address, other] : [other, address];
    const numbers = viewOf("float64", into, 1);
    numbers[0] = (numbers[0] as number) * 1.5 + (viewOf("float64", from, 1)[0] as number);
    this.tree.free(from);
    this.#held = { node: pair.joined, address: into };
    return true;
  }
}

describe("accumulators on shared memory", () => {
  it.each([1, 2, 3, 7, 16])("%i participants find places, and the same result, in any turns", (slots) => {
    const random = draws(slots);
    const draw = (below: number) => Math.floor(below * random.next().value);
    for (const chunks of [1, 2, 5, 64, 257, 1000]) {
      const shape = { slots, first: 0, last: chunks, chunks, bytes: 8 };
      expect(placesOf(shape)).toBeLessThanOrEqual(slots * (levelsOf(chunks) + 1));
      const results = new Set<number>();
      for (let round = 0; round < 8; round++) {
        const place = allocateTree(shape, "a test");
        const block = allocateInternal(controlBytes(slots), "a test");
        const control = new ControlBlock(block, slots, chunks);
        const wanted = () => 1 + draw(round < 4 ? 3 : 100);
        let left = Array.from(
          { length: slots },
          (_, slot) => new Participant(new JoinTree(place, slot), control, wanted),
        );
        while (left.length > 0) {
          // Some rest for long, so that what the others do piles up beside theirs.
          const one = left[draw(round % 2 === 0 ? left.length : 1 + draw(left.length))] as Participant;
          for (let turns = 1 + draw(200); turns > 0; turns--)
            if (!one.turn()) {
              left = left.filter((other) => other !== one);
              break;
            }
        }
        const [result] = new Float64Array(new JoinTree(place).nodes().buffer);
        results.add(result as number);
        freeInternal(block);
        freeInternal(place.pointer);
      }
      expect(results.size).toBe(1);
    }
  });
});
