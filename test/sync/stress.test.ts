/** Half a second or more of each case that `npm run soak` runs for minutes. */
import { describe, expect, it } from "vitest";
import { cases } from "../stress/cases.mjs";

const SEED = 20_261_121;

describe("stress", () => {
  it.each([
    ["locks", 2, 500],
    ["locks", 8, 700],
    ["semaphores", 8, 500],
    ["queues", 8, 700],
    ["queues", 1, 300],
    ["sizes", 8, 700],
    ["conditions", 6, 500],
    ["deaths", 4, 500],
    ["queueDeaths", 4, 500],
  ] as const)("%s, with %i threads of each kind", { timeout: 120_000 }, async (name, threads, ms) => {
    const figures = await cases[name]({ ms, threads, seed: SEED });
    for (const figure of Object.values(figures as object)) expect(figure).toBeGreaterThan(0);
  });

  it.each([
    [2, 20_000],
    [8, 60_000],
  ])("a lock between %i threads, %i hand-overs", { timeout: 120_000 }, async (threads, handOvers) => {
    const figures = await cases.handOvers({ ms: 0, threads, seed: SEED, handOvers });
    expect(figures).toMatchObject({ handOvers, least: expect.any(Number) });
  });

  it("barriers, through 1,500 generations", { timeout: 120_000 }, async () => {
    const { generations } = await cases.barriers({ ms: 0, threads: 4, seed: SEED, generations: 1500 });
    expect(generations).toBe(1500);
  });
});
