/** Seconds of what `npm run soak` does for minutes. */
import { describe, expect, it } from "vitest";
import { cases } from "../stress/cases.mjs";

const SEED = 20_261_121;

describe("stress", () => {
  it.each([
    ["locks", 2, 3000],
    ["locks", 8, 4000],
    ["semaphores", 8, 2000],
    ["queues", 8, 4000],
    ["queues", 1, 1000],
    ["sizes", 8, 3000],
    ["conditions", 6, 2000],
    ["deaths", 4, 2000],
    ["queueDeaths", 4, 2000],
  ] as const)("%s, with %i threads of each kind", { timeout: 120_000 }, async (name, threads, ms) => {
    const figures = await cases[name]({ ms, threads, seed: SEED });
    for (const figure of Object.values(figures as object)) expect(figure).toBeGreaterThan(0);
  });

  it.each([
    [2, 100_000],
    [8, 1_000_000],
  ])("a lock between %i threads, %i hand-overs", { timeout: 120_000 }, async (threads, handOvers) => {
    const figures = await cases.handOvers({ ms: 0, threads, seed: SEED, handOvers });
    expect(figures).toMatchObject({ handOvers, least: expect.any(Number) });
  });

  it("barriers, through 10,000 generations", { timeout: 120_000 }, async () => {
    const { generations } = await cases.barriers({ ms: 0, threads: 4, seed: SEED, generations: 10_000 });
    expect(generations).toBe(10_000);
  });
});
