/** The plans of the built-in kernels, by the names of their files. */
import { type FractalOutput, fractal, pi, sum } from "../../dist/kernels/index.js";
import type { Plan } from "../../dist/kernels/kernel.js";

const picture = (output: FractalOutput) => withScratch(fractal.prepare({ width: 1, height: 1, output }).plan);
const withScratch = (plan: Plan) => ({ ...plan, scratch: plan.scratch ?? 0 });

export const plans = {
  fractal: picture("counts"),
  "fractal-smooth": picture("smooth"),
  "fractal-distance": picture("distance"),
  pi: withScratch(pi.prepare({ samples: 1 }).plan),
  sum: withScratch(sum.prepare(1).plan),
};
