/**
 * The steps of a Fourier transform.
 *
 *   n1 * n2 numbers ─columns of n1─> turned ─columns of n2─> transposed ─> out
 *   a few           ─one column────────────────────────────────────────> out
 */
import { type Step, step } from "../job/steps.js";
import type { HeapArray } from "../memory/heap.js";
import { type Call, kernel } from "./call.js";

type Type = "float64" | "float32";
type Floats = HeapArray<Type>;

/** The longest that is one column: 50 µs. */
const SHORT = 2048;
/** The longest column: its group, and as much again, lie in a worker's arena. */
const LONGEST = 12_288;
/** The most complex numbers that can be transformed. */
const MOST = 2 ** 26;
/** Roots of unity of a block. */
const ROOTS = 256;
/** Elements of a block that is transposed, or made of reals. */
const BLOCK = 2 ** 15;

const isGood = (n: number) => n <= MOST && remainder(n) === 1 && (n <= SHORT || n / smaller(n) <= LONGEST);

/** What is left of n without its prime factors up to 13. */
function remainder(n: number): number {
  let left = n;
  for (const prime of [2, 3, 5, 7, 11, 13]) while (left % prime === 0) left /= prime;
  return left;
}

/** The greatest divisor up to the root. */
function smaller(n: number): number {
  let divisor = Math.floor(Math.sqrt(n));
  while (n % divisor !== 0) divisor--;
  return divisor;
}

/**
 * @param each how many elements the array has for each complex number
 * @throws RangeError for a number of complex numbers that can't be transformed, with the next one that can
 */
export function checkLength(name: string, n: number, each = 1): void {
  if (isGood(n)) return;
  let next = n + 1;
  while (next <= MOST && !isGood(next)) next++;
  const most = next > MOST ? `at most ${MOST * each}` : `the next such number is ${next * each}`;
  const rest = remainder(n) === 1 ? "and two divisors of a size" : "";
  throw new RangeError(
    `${name} must have a length n of prime factors up to 13${rest && `, ${rest}`}, got ${n * each}; ${most}`,
  );
}

/** Roots of unity of n, by a coarse and a fine one. */
interface Turns {
  readonly shift: number;
  readonly coarse: HeapArray<"float64">;
  readonly fine: HeapArray<"float64">;
  readonly steps: readonly Step[];
}

function rootsOf(out: Floats, type: Type, every: number, circle: number): Step {
  const blocks = Math.ceil(out.length / (2 * ROOTS));
  const size = Math.min(2 * ROOTS, out.length);
  return step(kernel("fft", `roots_${type}`), blocks, { size, every, circle, out });
}

export function turnsOf(call: Call, n: number): Turns {
  const shift = Math.max(1, Math.ceil(Math.log2(n) / 2));
  const coarse = call.between("float64", 2 * Math.ceil((n + 1) / 2 ** shift));
  const fine = call.between("float64", 2 * 2 ** shift);
  return { shift, coarse, fine, steps: [rootsOf(coarse, "float64", 2 ** shift, n), rootsOf(fine, "float64", 1, n)] };
}

/**
 * @param from complex numbers, which are left as they are, unless they are `to`
 * @param inverse scaled by 1 / n, too
 */
export function transformSteps(
  call: Call,
  type: Type,
  { from, to, inverse }: { from: Floats; to: Floats; inverse: boolean },
): Step[] {
  const n = from.length / 2;
  const n1 = n <= SHORT ? n : smaller(n);
  const n2 = n / n1;
  const scale = inverse ? 1 / n : 1;
  const table = call.between(type, 2 * n1);
  const begin = rootsOf(table, type, 1, n1);
  if (n2 === 1) {
    const none = call.between("float64", 2);
    const shape = { size: 2 * n, length: n, across: 1, swapped: inverse ? 3 : 0, scale, shift: 0 };
    return [begin, columns(type, { ...shape, table, coarse: none, fine: none, x: from, out: to })];
  }
  const { shift, coarse, fine, steps } = turnsOf(call, n);
  const [turned, rows] = [call.between(type, 2 * n), call.between(type, 2 * n)];
  const other = n1 === n2 ? table : call.between(type, 2 * n2);
  const shape = { coarse, fine, scale };
  const first = { ...shape, length: n1, across: n2, size: sizeOf(type, n1, n2), swapped: inverse ? 1 : 0, shift };
  const second = { ...shape, length: n2, across: n1, size: sizeOf(type, n2, n1), swapped: inverse ? 2 : 0, shift: 0 };
  const height = Math.min(n2, 16 * Math.ceil(BLOCK / (2 * n1) / 16));
  return [
    begin,
    ...(other === table ? [] : [rootsOf(other, type, 1, n2)]),
    ...steps,
    columns(type, { ...first, table, x: from, out: turned }),
    columns(type, { ...second, table: other, x: turned, out: rows }),
    step(kernel("fft", `transpose_${type}`), Math.ceil(n2 / height), {
      size: 2 * height * n1,
      rows: n1,
      across: n2,
      x: rows,
      out: to,
    }),
  ];
}

function columns(type: Type, args: { size: number; length: number; across: number } & Record<string, unknown>): Step {
  const items = Math.ceil((2 * args.length * args.across) / args.size);
  return step(kernel("fft", `columns_${type}`), items, args, { grain: 1 });
}

/** Elements of an item: as many columns as have two lines of the cache side by side, where they fit into the arena. */
function sizeOf(type: Type, length: number, across: number): number {
  const groups = length <= 2048 ? 4 : length <= 4096 ? 2 : 1;
  return 2 * length * Math.min(across, groups * (type === "float64" ? 2 : 4));
}

/** Between n / 2 + 1 complex numbers of n reals, and the transform of their pairs as n / 2 complex numbers. */
export function realStep(
  type: Type,
  { half, back, from, to, turns }: { half: number; back: boolean; from: Floats; to: Floats; turns: Turns },
): Step {
  const { shift, coarse, fine } = turns;
  const size = Math.min(BLOCK, to.length);
  const args = { size, half, back, shift, coarse, fine, x: from, out: to };
  return step(kernel("fft", `real_${type}`), Math.ceil(to.length / size), args);
}
