/** The ratio and its interval, over many runs of simulated machines on which the true ratio is known. */
import { describe, expect, it } from "vitest";
import { noiseFloor, pairedRatio, type Ratio, unpairedRatio, verdictOf } from "../../dist/bench/ratio.js";
import { roundTimes, sample } from "../../dist/bench/sampler.js";
import { NOISES, type Noise, normal, Simulation } from "./simulation.js";

const LIMIT = { timeout: 60_000 };
const RUNS = 250;

/** A run with a case that takes `planted` times as long as another one of 12 ms. */
async function runOnce(
  planted: number,
  noise: Noise,
  seed: number,
  budget: number,
): Promise<Ratio & { floor: number }> {
  const clock = new Simulation(seed, noise);
  const subjects = [clock.subject("first", 12 * planted), clock.subject("second", 12)];
  const { cases, again } = await sample(subjects, { budget, seed, clock });
  const [first, second] = cases.map(({ samples }) => roundTimes(samples)) as [number[], number[]];
  const itself = pairedRatio(again.name === "first" ? first : second, roundTimes(again.samples), seed);
  return { ...pairedRatio(first, second, seed), floor: noiseFloor(itself) };
}

function runs(planted: number, noise: Noise, budget: number): Promise<(Ratio & { floor: number })[]> {
  return Promise.all(Array.from({ length: RUNS }, (_, seed) => runOnce(planted, noise, seed, budget)));
}

const kinds = Object.entries(NOISES) as [string, Noise][];

describe("the 95% interval", () => {
  it.each(kinds)("holds a planted ratio in 92 to 98% of runs: %s", LIMIT, async (_, noise) => {
    const all = await runs(1.37, noise, 3000);
    const share = all.filter(({ low, high }) => low <= 1.37 && 1.37 <= high).length / RUNS;
    expect(share).toBeGreaterThanOrEqual(0.92);
    expect(share).toBeLessThanOrEqual(0.98);
    for (const { median, low, high, confidence } of all) {
      expect(low).toBeLessThanOrEqual(median);
      expect(high).toBeGreaterThanOrEqual(median);
      expect(confidence).toBe(0.95);
    }
  });

  it.each([6, 10, 15, 25])("holds it for %i rounds, too", LIMIT, (rounds) => {
    const { random } = new Simulation(rounds);
    const times = () => Array.from({ length: rounds }, () => Math.exp(0.05 * normal(random)));
    const held = Array.from({ length: 1000 }, (_, seed) => pairedRatio(times(), times(), seed));
    const share = held.filter(({ low, high }) => low <= 1 && 1 <= high).length / held.length;
    expect(share).toBeGreaterThanOrEqual(0.92);
    expect(share).toBeLessThanOrEqual(0.98);
  });

  it.each([6, 10, 25])("holds it for %i rounds of runs that are no pairs", LIMIT, (rounds) => {
    const { random } = new Simulation(100 + rounds);
    const times = (ms: number) => Array.from({ length: rounds }, () => ms * Math.exp(0.05 * normal(random)));
    const held = Array.from({ length: 1000 }, (_, seed) => unpairedRatio(times(3), times(2), seed));
    const share = held.filter(({ low, high }) => low <= 1.5 && 1.5 <= high).length / held.length;
    // Of few rounds it is wider than it must be: a baseline then says nothing, which is the better error.
    expect(share).toBeGreaterThanOrEqual(0.92);
  });

  it("is not moved by drift, which hits both sides alike", LIMIT, async () => {
    const steady: Noise = () => (now) => 1 + now / 20_000;
    const { median, low, high } = await runOnce(2, steady, 1, 20_000);
    expect(Math.abs(median - 2)).toBeLessThan(0.002);
    expect(high / low).toBeLessThan(1.002);
  });

  it("is the inverse when the sides are swapped, and the same for the same seed", LIMIT, () => {
    const { random } = new Simulation(3);
    const [a, b] = [3, 2].map((ms) => Array.from({ length: 11 }, () => ms + random())) as [number[], number[]];
    const [there, back] = [pairedRatio(a, b, 5), pairedRatio(b, a, 5)];
    expect(pairedRatio(a, b, 5)).toEqual(there);
    expect(back.median).toBeCloseTo(1 / there.median, 12);
    expect(back.low).toBeCloseTo(1 / there.high, 1);
    expect(back.high).toBeCloseTo(1 / there.low, 1);
  });

  it("of runs that are no pairs is wider than that of pairs", LIMIT, () => {
    const { random } = new Simulation(4);
    const machine = Array.from({ length: 20 }, () => 1 + random());
    const [a, b] = [machine.map((ms) => 2 * ms), machine];
    expect(pairedRatio(a, b, 1)).toMatchObject({ median: 2, low: 2, high: 2 });
    const { median, low, high } = unpairedRatio(a, b, 1);
    expect(median).toBeCloseTo(2, 12);
    expect(high / low).toBeGreaterThan(1.05);
  });
});

describe("verdicts", () => {
  it.each(kinds)("equal cases seldom get one, different ones do: %s", LIMIT, async (_, noise) => {
    const same = (await runs(1, noise, 3000)).map((ratio) => verdictOf(ratio, ratio.floor));
    // The interval alone would be wrong in 5% of the runs: the floor is there for less.
    expect(same.filter((verdict) => verdict !== "undecided").length / RUNS).toBeLessThanOrEqual(0.05);
    const other = await runOnce(1.5, noise, 1, 3000);
    expect(verdictOf(other, other.floor)).toBe("faster");
    const slower = await runOnce(1 / 1.5, noise, 1, 3000);
    expect(verdictOf(slower, slower.floor)).toBe("slower");
  });

  it("need the whole interval on one side, and the ratio beyond the floor", LIMIT, () => {
    const ratio = (median: number, low: number, high: number) => ({ median, low, high, confidence: 0.95 });
    expect(verdictOf(ratio(1.05, 1.03, 1.07), 0.01)).toBe("faster");
    expect(verdictOf(ratio(1.05, 1.03, 1.07), 0.06)).toBe("undecided");
    expect(verdictOf(ratio(1.05, 0.99, 1.1), 0.01)).toBe("undecided");
    expect(verdictOf(ratio(0.9, 0.85, 0.95), 0.05)).toBe("slower");
    expect(noiseFloor(ratio(1, 0.98, 1.01))).toBeCloseTo(1 / 0.98 - 1, 12);
  });
});
