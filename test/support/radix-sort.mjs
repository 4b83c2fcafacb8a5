/** A sort of doubles in 14 steps, for tests and the study of own kernels. */
import { step, temp } from "allcores";

export const RADIX_SORT = new URL("../fixtures/assembly/radix-sort.ts", import.meta.url);

const DIGITS = 2048;
const BLOCKS = 16;

/** @param scope what makes the arrays between the steps */
export function sortSteps({ toKeys, toDoubles, count, scatter }, x, scope) {
  const n = x.length;
  const [keys, others] = [temp(scope.uint64(n)), temp(scope.uint64(n))];
  const counts = temp(scope.uint32(BLOCKS * DIGITS));
  const pass = (shift) => {
    const [from, to] = (shift / 11) % 2 === 0 ? [keys, others] : [others, keys];
    return [
      step(count, BLOCKS, [BLOCKS, n, shift, from, counts]),
      step(scatter, BLOCKS, [BLOCKS, n, shift, from, counts, to]),
    ];
  };
  return [step(toKeys, n, [x, keys]), ...[0, 11, 22, 33, 44, 55].flatMap(pass), step(toDoubles, n, [keys, x])];
}
