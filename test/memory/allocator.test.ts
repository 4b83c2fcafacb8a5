/** The allocator over plain addresses: a long random run against a plain list of what is taken. */
import { describe, expect, it } from "vitest";
import { Allocator } from "../../dist/memory/allocator.js";

const START = 65_536;

/** The Lehmer generator: a run that failed can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The taken blocks, in the order of their addresses. */
class Taken {
  readonly blocks: { address: number; bytes: number }[] = [];

  /** Adds a block; tells whether it overlaps its neighbours. */
  add(address: number, bytes: number): boolean {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.blocks[middle]?.address ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    const below = this.blocks[low - 1];
    const above = this.blocks[low];
    this.blocks.splice(low, 0, { address, bytes });
    return (below && below.address + below.bytes > address) || (above && address + bytes > above.address) || false;
  }
}

describe("the allocator", () => {
  it.each<[string, number, maxBytes: number, limit: number]>([
    ["small blocks", 1, 500, 2 ** 32 - 65_536],
    ["blocks of all sizes", 2, 2 ** 22, 2 ** 32 - 65_536],
    ["a heap that is often full", 3, 2 ** 14, 2 ** 22],
  ])("keeps 20,000 random blocks apart: %s", (_, seed, maxBytes, limit) => {
    const random = randomFrom(seed);
    const allocator = new Allocator(START, limit);
    const taken = new Taken();
    let bytesTaken = 0;
    let refused = 0;
    for (let i = 0; i < 40_000; i++) {
      if (random() < 0.55) {
        const bytes = Math.ceil(maxBytes ** random());
        const room = allocator.room();
        const address = allocator.allocate(bytes);
        const lines = Math.max(64, Math.ceil(bytes / 64) * 64);
        if (address === undefined) {
          refused++;
          if (room.largest >= lines) expect.fail(`refused ${lines} bytes with a stretch of ${room.largest}`);
          continue;
        }
        if (address % 64 !== 0 || address < START || address + lines > limit) expect.fail(`bad address ${address}`);
        if (taken.add(address, lines)) expect.fail(`overlap at ${address}`);
        bytesTaken += lines;
      } else if (taken.blocks.length > 0) {
        const [block] = taken.blocks.splice(Math.floor(random() * taken.blocks.length), 1);
        allocator.free(block?.address as number);
        bytesTaken -= block?.bytes as number;
      }
      if (i % 1000 === 0) expect(allocator.room().total).toBe(limit - START - bytesTaken);
    }
    expect(refused > 0).toBe(limit === 2 ** 22);
    for (const { address } of taken.blocks) allocator.free(address);
    expect(allocator.room()).toEqual({ total: limit - START, largest: limit - START });
  });

  it("merges neighbours, whatever the order in which they are freed", () => {
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [0, 2, 1, 3],
      [1, 3, 0, 2],
    ]) {
      const allocator = new Allocator(START, START + 4096);
      const addresses = Array.from({ length: 4 }, () => allocator.allocate(1024) as number);
      expect(allocator.allocate(1)).toBeUndefined();
      for (const index of order) allocator.free(addresses[index] as number);
      expect(allocator.allocate(4096)).toBe(START);
    }
  });

  it("finds the one stretch that fits exactly", () => {
    const allocator = new Allocator(START, START + 64 * 1000);
    const [first] = [allocator.allocate(64 * 37), allocator.allocate(64)];
    allocator.free(first as number);
    allocator.allocate(64 * (1000 - 38));
    expect(allocator.allocate(64 * 37)).toBe(first);
  });

  it.each([0, 4097, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 53])("answers requests of any size: %d", (bytes) => {
    expect(new Allocator(START, START + 4096).allocate(bytes)).toBe(bytes === 0 ? START : undefined);
  });

  it("refuses to free what is not taken", () => {
    const allocator = new Allocator(START, START + 4096);
    const address = allocator.allocate(100) as number;
    expect(() => allocator.free(address + 64)).toThrow(RangeError);
    allocator.free(address);
    expect(() => allocator.free(address)).toThrow(RangeError);
  });
});
