/** Smooth counts: what the twins of the smooth and of the distance kernel share, and the last steps of the former. */
import { ln } from "./log.js";

/** The greatest |z|^2 that survives: far out z^p + c is nearly z^p, so that neighbouring counts join without a step. */
export const BOUND = 65536;
/** 1 / ln(65536): the doubles nearest to these, as in the Wasm kernels. */
const INVERSE_LN_BOUND = 1 / 11.090354888959125;
/** 1 / ln(degree), by degree. */
const INVERSE_LN = [
  Number.NaN,
  Number.NaN,
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the very literal of the Wasm kernel, as its neighbours
  1.4426950408889634,
  0.9102392266268374,
  0.7213475204444817,
  0.6213349345596119,
  0.5581106265512472,
  0.5138983423697507,
  0.4808983469629878,
] as const;

/** |z|^2 as ln takes it: for infinity and NaN, which overflow leaves, the largest double. */
function largestFinite(squared: number): number {
  return Number.isFinite(squared) ? squared : Number.MAX_VALUE;
}

/** The count, continued between whole numbers, of an orbit that survived `count` steps and then had |z|^2 = `squared`. */
export function smoothCount(count: number, squared: number, degree: number): number {
  const inverseLn = INVERSE_LN[degree] as number;
  return count + 1 - ln(ln(largestFinite(squared)) * INVERSE_LN_BOUND) * inverseLn;
}
