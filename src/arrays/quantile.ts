/**
 * Exact quantiles.
 *
 *   x ─sample─> two keys ─blocks─> what is below, and what lies between ─one call─> the two neighbours ─> between them
 *                                                                       └ missed ─> counts of digits, a pass each
 */
import { type Step, step } from "../job/steps.js";
import { elementType, type HeapArray } from "../memory/heap.js";
import { finiteNumber } from "../validate.js";
import { type ArraysOptions, type Call, kernel, withCall } from "./call.js";
import { NUMBERS, type Numbers } from "./types.js";

type NumberType = (typeof NUMBERS)[number];

/** Elements of a block: 0.1 ms. */
const BLOCK = 2 ** 15;
/** Numbers that are sampled, at least and at most, and one of how many. */
const [LEAST, MOST, ONE_OF] = [2 ** 10, 2 ** 17, 64];
/** Between the two keys there are 1 to 12% of all; of more they are not sorted on one worker. */
const CANDIDATES = 2 ** 20;
/** Bits of a digit. */
const DIGIT = 11;

/**
 * A quantile, or several: exact, and linear between neighbours, as NumPy has it by default and R as type 7. NaNs are left out.
 * @param q from 0 to 1
 * @returns NaN for nothing. Rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function quantile(x: Numbers, q: number, options?: ArraysOptions): Promise<number>;
export function quantile(x: Numbers, q: readonly number[], options?: ArraysOptions): Promise<Float64Array<ArrayBuffer>>;
export function quantile(
  x: Numbers,
  q: number | readonly number[],
  options: ArraysOptions = {},
): Promise<number | Float64Array<ArrayBuffer>> {
  return withCall(options, [], async (call) => {
    const isList = Array.isArray(q) || ArrayBuffer.isView(q);
    const list = isList ? Array.from(q as readonly number[]) : [q as number];
    for (const [i, one] of list.entries()) checkShare(isList ? `q[${i}]` : "q", one);
    const on = await call.input("x", x, NUMBERS);
    const found = await quantiles(call, on, elementType(x) as NumberType, list);
    return isList ? found : (found[0] as number);
  });
}

/** The quantile of a half. */
export function median(x: Numbers, options: ArraysOptions = {}): Promise<number> {
  return quantile(x, 0.5, options);
}

function checkShare(name: string, q: unknown): void {
  const value = finiteNumber(name, q);
  if (value < 0 || value > 1) throw new RangeError(`${name} must be from 0 to 1, got ${value}`);
}

async function quantiles(
  call: Call,
  x: HeapArray<NumberType>,
  type: NumberType,
  shares: readonly number[],
): Promise<Float64Array<ArrayBuffer>> {
  const n = x.length;
  if (n === 0) return new Float64Array(shares.length).fill(NaN);
  const blocks = Math.ceil(n / BLOCK);
  const sampled = Math.min(n, MOST, Math.max(LEAST, Math.ceil(n / ONE_OF)));
  // Four standard errors of the sample's own quantile; of a small array all are candidates.
  const margin = sampled === n ? n : 2 * Math.sqrt(sampled);
  const candidates = Math.min(n, CANDIDATES);
  const keyType = type === "float64" ? "uint64" : "uint32";
  const bounds = call.between("uint64", 2);
  const found = call.between(keyType, n);
  const counts = call.between("uint32", 3 * blocks);
  const [keys, room] = [call.between(keyType, candidates), call.between(keyType, candidates)];
  const [drawn, spare] = [call.between(keyType, sampled), call.between(keyType, sampled)];
  const outs = shares.map(() => call.temporary("float64", 4));
  const steps = shares.flatMap((q, i): Step[] => [
    step(kernel("quantile", `sample_${type}`), undefined, { q, margin, x, keys: drawn, room: spare, bounds }),
    step(kernel("quantile", `collect_${type}`), blocks, { size: BLOCK, x, bounds, found, counts }),
    step(kernel("quantile", `select_${type}`), undefined, {
      ...{ size: BLOCK, n, q, bounds, found, counts, keys, room },
      out: outs[i] as HeapArray<"float64">,
    }),
  ]);
  await call.steps(steps);
  const result = new Float64Array(shares.length);
  for (const [i, q] of shares.entries()) {
    const [missed = 0, numbers = 0, low = 0, high = 0] = outs[i] as HeapArray<"float64">;
    const at = q * (numbers - 1);
    const pair = missed ? await byDigits(call, x, type, Math.floor(at), numbers) : [low, high];
    result[i] = numbers === 0 ? NaN : between(pair[0] as number, pair[1] as number, at - Math.floor(at));
  }
  return result;
}

/** As NumPy: from the nearer end, so that it never passes the other one. */
function between(low: number, high: number, share: number): number {
  if (low === high || share === 0) return low;
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

/** The numbers at a rank and the next one, whatever the numbers are like. */
async function byDigits(
  call: Call,
  x: HeapArray<NumberType>,
  type: NumberType,
  rank: number,
  numbers: number,
): Promise<number[]> {
  const found: number[] = [];
  for (const wanted of [rank, Math.min(rank + 1, numbers - 1)]) {
    let left = wanted;
    let prefix = 0n;
    const out = call.temporary("uint32", 2 ** DIGIT);
    for (let shift = type === "float64" ? 5 * DIGIT : 2 * DIGIT; shift >= 0; shift -= DIGIT) {
      await call.reduce(kernel("quantile", `digits_${type}`), x.length, { shift, prefix, x }, { out, combine: "sum" });
      let digit = 0;
      while (left >= (out[digit] as number)) left -= out[digit++] as number;
      prefix = (prefix << BigInt(DIGIT)) | BigInt(digit);
    }
    found.push(numberOf(prefix, type));
  }
  return found;
}

/** The number of a key. */
function numberOf(key: bigint, type: NumberType): number {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "float64") {
    view.setBigUint64(0, key >> 63n ? key ^ (1n << 63n) : BigInt.asUintN(64, ~key));
    return view.getFloat64(0);
  }
  const word = Number(key);
  if (type === "float32") {
    view.setUint32(0, word >= 2 ** 31 ? word - 2 ** 31 : ~word);
    return view.getFloat32(0);
  }
  return type.startsWith("u") ? word : word - 2 ** 31;
}
