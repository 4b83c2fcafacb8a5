/** The fits, against curves with planted coefficients. */
import { fitScaling, type Scaling } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { normal, Simulation } from "./simulation.js";

const LIMIT = { timeout: 5_000 };
const COUNTS = [1, 2, 4, 8, 16, 32];

/** Times of the Universal Scalability Law, which is Amdahl's where coherency is 0. */
function curve(single: number, contention: number, coherency: number, counts = COUNTS, noise = () => 1) {
  return counts.map((workers) => {
    const load = 1 + contention * (workers - 1) + coherency * workers * (workers - 1);
    return { workers, ms: ((single * load) / workers) * noise() };
  });
}

function fitted(scaling: Scaling): Scaling & { state: "fitted" } {
  if (scaling.state === "fitted") return scaling;
  throw new Error(scaling.why);
}

describe("fits", () => {
  it("Amdahl's law: the serial part, and its limit", LIMIT, () => {
    const { amdahl, usl } = fitted(fitScaling(curve(800, 0.05, 0)));
    expect(amdahl.serial).toBeCloseTo(0.05, 10);
    expect(amdahl.limit).toBeCloseTo(20, 6);
    expect(amdahl.single).toBeCloseTo(800, 6);
    expect(amdahl.residual).toBeLessThan(1e-10);
    expect(amdahl.meaning).toBe(
      "5% of the work is done by one worker at a time, so that by this fit no number of workers makes it more than 20.0 times as fast",
    );
    expect(usl.contention).toBeCloseTo(0.05, 8);
    expect(usl.coherency).toBeCloseTo(0, 10);
    expect(usl.peak).toBeNull();
  });

  it("the Universal Scalability Law: both coefficients, and the peak", LIMIT, () => {
    const { usl, amdahl } = fitted(fitScaling(curve(100, 0.03, 0.001)));
    expect(usl.contention).toBeCloseTo(0.03, 8);
    expect(usl.coherency).toBeCloseTo(0.001, 8);
    expect(usl.peak).toBeCloseTo(Math.sqrt(0.97 / 0.001), 4);
    expect(usl.meaning).toBe(
      "a worker waits for 3% of the work of each other one; each pair of workers costs 0.1% more: the most is had with about 31 workers",
    );
    // It knows no coherency, and fits the worse.
    expect(amdahl.residual).toBeGreaterThan(0.01);
  });

  it("with noise of 1%: near the planted ones", LIMIT, () => {
    for (let seed = 0; seed < 50; seed++) {
      const { random } = new Simulation(seed);
      const noise = () => Math.exp(0.01 * normal(random));
      const { amdahl } = fitted(fitScaling(curve(500, 0.04, 0, COUNTS, noise)));
      expect(Math.abs(amdahl.serial - 0.04)).toBeLessThan(0.004);
      const { usl } = fitted(fitScaling(curve(500, 0.04, 0.002, COUNTS, noise)));
      expect(Math.abs(usl.contention - 0.04)).toBeLessThan(0.02);
      expect(Math.abs(usl.coherency - 0.002)).toBeLessThan(0.0006);
      expect(usl.residual).toBeLessThan(0.02);
    }
  });

  it("perfect and better than perfect scaling: no coefficient below 0, no limit", LIMIT, () => {
    for (const times of [curve(100, 0, 0), COUNTS.map((workers) => ({ workers, ms: 100 / workers ** 1.1 }))]) {
      const { amdahl, usl } = fitted(fitScaling(times));
      expect(amdahl).toMatchObject({ limit: null, serial: expect.closeTo(0, 10) });
      expect(usl).toMatchObject({ peak: null, contention: expect.closeTo(0, 10), coherency: expect.closeTo(0, 10) });
      expect(amdahl.meaning).toMatch(/^all of the work is shared out/);
    }
  });

  it("work that gets slower with more workers", LIMIT, () => {
    const { amdahl, usl } = fitted(fitScaling([1, 2, 3, 4].map((workers) => ({ workers, ms: 100 + 30 * workers }))));
    expect(amdahl.serial).toBe(1);
    expect(usl.peak).toBeGreaterThanOrEqual(1);
    expect(usl.peak).toBeLessThan(2);
  });
});

describe("points", () => {
  it("speed-up and efficiency, in order", LIMIT, () => {
    const { points } = fitScaling([
      { workers: 2, ms: 60 },
      { workers: 1, ms: 96 },
    ]);
    expect(points).toEqual([
      { workers: 1, ms: 96, speedup: 1, efficiency: 1 },
      { workers: 2, ms: 60, speedup: 1.6, efficiency: 0.8 },
    ]);
  });

  it.each([1, 2, 3])("with %i of them nothing is fitted, and it says why", LIMIT, (count) => {
    const scaling = fitScaling(curve(100, 0.1, 0, COUNTS.slice(0, count)));
    expect(scaling.points).toHaveLength(count);
    expect(scaling).toMatchObject({ state: "unfitted", why: expect.stringMatching(/4 are needed$/) });
    expect(scaling).not.toHaveProperty("amdahl");
  });

  it.each([
    [undefined, TypeError, /^times must be an array, got undefined/],
    [[], RangeError, /^times must hold that of 1 worker/],
    [[{ workers: 2, ms: 1 }], RangeError, /^times must hold that of 1 worker/],
    [[5], TypeError, /^times\[0\] must be an options object, got 5/],
    [[{ workers: 1.5, ms: 1 }], RangeError, /^times\[0\]\.workers must be a whole number/],
    [[{ workers: 1, ms: "9" }], TypeError, /^times\[0\]\.ms must be a positive number, got "9"/],
    [[{ workers: 1, ms: 0 }], RangeError, /^times\[0\]\.ms must be a positive number, got 0/],
    [
      [
        { workers: 1, ms: 1 },
        { workers: 1, ms: 2 },
      ],
      RangeError,
      /^times\[1\]\.workers must be a new number of workers, got 1/,
    ],
  ] as const)("%j is refused", LIMIT, (times, Type, message) => {
    const call = () => fitScaling(times as never);
    expect(call).toThrow(Type);
    expect(call).toThrow(message);
  });
});
