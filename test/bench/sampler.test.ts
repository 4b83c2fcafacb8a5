/** The sampler on simulated machines: warming, batches, rounds, order, time, and being stopped. */
import { describe, expect, it } from "vitest";
import { roundTimes, type SamplerProgress, sample } from "../../dist/bench/sampler.js";
import { callFirst, OwnTime } from "../../dist/bench/subject.js";
import { Simulation } from "./simulation.js";

const LIMIT = { timeout: 10_000 };

describe("warming", () => {
  it("ends when two batches in a row differ by under 2%", LIMIT, async () => {
    const clock = new Simulation(1);
    // Every call is 5% quicker than the one before, until it is as quick as it gets.
    let ms = 60;
    const subject = clock.subject("optimised", 1);
    const run = () => {
      const before = clock.now();
      while (clock.now() < before + ms) subject.run();
      ms = Math.max(20, Math.floor(ms * 0.95));
    };
    const { cases } = await sample([{ ...subject, run }, clock.subject("other", 20)], {
      budget: 60_000,
      seed: 1,
      clock,
    });
    const [warmed] = cases;
    expect(warmed?.warm.settled).toBe(true);
    // 60 to 20 by steps of 5% and the floor: about as many calls as the logarithm says.
    expect(warmed?.warm.batches).toBeGreaterThan(15);
    expect(warmed?.samples.every((sampled) => sampled === 20)).toBe(true);
  });

  it("is bounded: a case that never settles is said to be so", LIMIT, async () => {
    const clock = new Simulation(1, (random) => () => 1 + random());
    const subjects = ["a", "b"].map((name) => clock.subject(name, 400));
    const { cases } = await sample(subjects, { budget: 5000, seed: 1, clock });
    expect(cases.some(({ warm }) => !warm.settled)).toBe(true);
    for (const { warm } of cases) expect(warm.batches).toBeLessThan(5);
  });
});

describe("batches", () => {
  it.each([0.0002, 0.03, 4, 11, 700])(
    "of a case of %f ms are at least 10 ms long, and no longer than they need be",
    LIMIT,
    async (ms) => {
      const clock = new Simulation(1);
      const { cases } = await sample([clock.subject("a", ms), clock.subject("b", ms)], {
        budget: 2000,
        seed: 1,
        clock,
      });
      for (const { calls, samples } of cases) {
        expect(calls * ms).toBeGreaterThanOrEqual(10);
        expect((calls - 1) * ms).toBeLessThanOrEqual(10.001);
        for (const sampled of samples) expect(sampled).toBeCloseTo(ms, 6);
      }
    },
  );

  it("are longer for a coarse clock", LIMIT, async () => {
    const clock = new Simulation(1);
    clock.step = () => 0.1;
    const { cases } = await sample([clock.subject("a", 1), clock.subject("b", 1)], { budget: 5000, seed: 1, clock });
    expect(cases.map(({ calls }) => calls)).toEqual([100, 100]);
  });
});

describe("rounds", () => {
  it("take each case there and back again, in an order of their own, a quick one as two", LIMIT, async () => {
    const clock = new Simulation(1);
    let calls: string[] = [];
    const subjects = [50, 20, 25].map((ms, i) => {
      const subject = clock.subject("abc"[i] as string, ms);
      const run = () => {
        calls.push(subject.name);
        subject.run();
      };
      return { ...subject, run };
    });
    const onProgress = ({ stage, done }: SamplerProgress) => {
      if (stage === "measure" && done === 0) calls = [];
    };
    const { cases, again } = await sample(subjects, { budget: 5000, seed: 1, clock, onProgress });
    expect(again.name).toBe("b");
    const rounds = again.samples.length / 2;
    expect(calls).toHaveLength(8 * rounds);
    const orders = Array.from({ length: rounds }, (_, i) => calls.slice(8 * i, 8 * i + 8).join(""));
    for (const order of orders) {
      expect(order.slice(0, 4)).toBe([...order.slice(4)].reverse().join(""));
      expect([...order.slice(0, 4)].sort().join("")).toBe("abbc");
    }
    // Of twelve orders.
    expect(new Set(orders).size).toBeGreaterThan(6);
    for (const { samples } of cases) expect(samples).toHaveLength(2 * rounds);
  });

  it("are as many as the budget has room for: 60 at most, 6 at least", LIMIT, async () => {
    const timed = async (ms: number, budget: number) => {
      const clock = new Simulation(1);
      const { again } = await sample([clock.subject("a", ms), clock.subject("b", ms)], { budget, seed: 1, clock });
      return { rounds: again.samples.length / 2, ms: clock.now() };
    };
    expect(await timed(5, 15_000)).toMatchObject({ rounds: 60 });
    const some = await timed(100, 15_000);
    expect(some.rounds).toBeGreaterThan(15);
    expect(some.ms).toBeLessThan(15_000);
    const few = await timed(3000, 15_000);
    expect(few.rounds).toBe(6);
  });

  it("stop when calls take longer than they did while warming", LIMIT, async () => {
    const clock = new Simulation(1, () => (now) => (now > 2000 ? 3 : 1));
    await sample([clock.subject("a", 100), clock.subject("b", 100)], { budget: 10_000, seed: 1, clock });
    // One round over it: 6 calls.
    expect(clock.now()).toBeLessThan(10_000 + 6 * 300 + 1);
  });

  it("have the mean of their two batches", LIMIT, () => {
    expect(roundTimes([1, 3, 10, 20])).toEqual([2, 15]);
    expect(roundTimes([])).toEqual([]);
  });
});

it("progress: cases warmed, rounds measured, the time left", LIMIT, async () => {
  const clock = new Simulation(1);
  const seen: SamplerProgress[] = [];
  const options = { budget: 2000, seed: 1, clock, onProgress: (progress: SamplerProgress) => void seen.push(progress) };
  const { again } = await sample([clock.subject("a", 20), clock.subject("b", 20)], options);
  const total = again.samples.length / 2;
  expect(seen.filter(({ stage }) => stage === "warm")).toMatchObject([{ done: 0, total: 2 }, { done: 1 }]);
  const measured = seen.filter(({ stage }) => stage === "measure");
  expect(measured.map(({ done }) => done)).toEqual(Array.from({ length: total + 1 }, (_, i) => i));
  expect(measured[0]?.left).toBeCloseTo(total * 120, 6);
  expect(measured.at(-1)).toEqual({ stage: "measure", done: total, total, left: 0 });
});

it("cases that take their time themselves are believed", LIMIT, async () => {
  const run = async (ms: number) => new OwnTime(ms, "answer");
  const firsts = [await callFirst("a", () => run(8), undefined), await callFirst("b", () => run(4), undefined)];
  expect(firsts).toMatchObject([
    { ms: 8, value: "answer", subject: { hasOwnTime: true } },
    { ms: 4, value: "answer" },
  ]);
  const { cases } = await sample(
    firsts.map(({ subject }) => subject),
    { budget: 500, seed: 1 },
  );
  expect(cases.map(({ samples }) => new Set(samples))).toEqual([new Set([8]), new Set([4])]);
});
