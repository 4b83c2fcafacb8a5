/** Sums and statistics. */
import { describe, random, sum } from "allcores/arrays";
import { loops } from "allcores/bench";
import { type ArraysCase, peer } from "./case.js";

interface SimpleStatistics {
  mean(x: ArrayLike<number>): number;
  variance(x: ArrayLike<number>): number;
  min(x: ArrayLike<number>): number;
  max(x: ArrayLike<number>): number;
}

const near = (a: number, b: number) => {
  if (!(Math.abs(a - b) <= 1e-9 * Math.abs(b))) throw new Error(`${a} is not ${b}`);
};
const MANY = 1e7;
const waves = (n: number) => Float64Array.from({ length: n }, (_, i) => (i * 0.618_033_988_75) % 1);

export const numbers: readonly ArraysCase[] = [
  {
    name: "describe 1e7 doubles",
    peer: "simple-statistics",
    least: 10,
    async prepare(scope) {
      const { mean, variance, min, max } = await peer<SimpleStatistics>("simple-statistics");
      const plain = waves(MANY);
      const x = scope.float64(plain);
      return {
        ours: (executor) => describe(x, { executor }),
        theirs: () => [mean(plain), variance(plain), min(plain), max(plain)],
        loop: () => loops.describe(plain),
        check: (ours, theirs) => {
          const found = ours as Awaited<ReturnType<typeof describe>>;
          near(found.mean, (theirs as number[])[0] as number);
        },
      };
    },
  },
  {
    name: "sum of 1e7 doubles",
    peer: "a loop",
    prepare(scope) {
      const plain = waves(MANY);
      const x = scope.float64(plain);
      return {
        ours: (executor) => sum(x, { executor }),
        theirs: () => loops.sum(plain),
        check: (ours, theirs) => near(ours as number, theirs as number),
      };
    },
  },
  {
    name: "1e7 normal numbers",
    peer: "Box-Muller on Math.random",
    least: 2.5,
    prepare(scope) {
      const [x, plain] = [scope.float64(MANY), new Float64Array(MANY)];
      return {
        ours: (executor) => random.normal(x, { seed: 1, executor }),
        theirs: () => loops.random.normal(plain),
        check: (ours, theirs) => {
          for (const all of [ours, theirs] as Float64Array[]) {
            const { mean, variance } = loops.describe(all);
            if (Math.abs(mean) > 0.002 || Math.abs(variance - 1) > 0.003) throw new Error("not normal");
          }
        },
      };
    },
  },
];
