/**
 * Sorting, as assembly/arrays/sort.ts does it.
 *
 *   x ─blocks─> sorted blocks of keys ─blocks of the result─> what belongs there, sorted
 */
import { type Step, step } from "../job/steps.js";
import { elementType, type HeapArray } from "../memory/heap.js";
import { show } from "../validate.js";
import { type Call, checkedArray, kernel, type Out, separate, withCall } from "./call.js";
import { KEYS, type Key, type Plain, type Same } from "./types.js";

type KeyType = (typeof KEYS)[number];

/** Elements that one block holds at least and at most, unless there are fewer: 0.1 to 5 ms. */
const [ALONE, LEAST, MOST] = [2 ** 13, 2 ** 16, 2 ** 19];
/** More blocks make each cut longer, larger ones leave the cache. */
const BLOCKS = 256;

/** By n alone. */
function blockSize(n: number): number {
  if (n <= ALONE) return Math.max(1, n);
  const most = Math.min(MOST, Math.max(LEAST, Math.ceil(n / BLOCKS)));
  return Math.ceil(n / Math.max(4, Math.ceil(n / most)));
}

/** The type of the keys that elements are sorted by. */
const keyType = (type: KeyType) => (type.endsWith("64") ? "uint64" : "uint32");

/**
 * Sorts as typed arrays do: -0 before 0, NaN last. Stable radix sorts of blocks, and again of what belongs into each block.
 * @param options.out may be `x`
 * @param options.descending the greatest first; NaN still last
 * @returns rejects with a TypeError or RangeError that names the argument, a MemoryError, or the signal's reason
 */
export function sort<T extends Key, R extends Same<T> = Plain<T>>(
  x: T,
  options: Out<R> & { readonly descending?: boolean | undefined } = {},
): Promise<R> {
  return withCall(options, ["out", "descending"], async (call) => {
    const { out, descending = false } = options;
    const down = flag("descending", descending);
    const on = await call.input("x", x, KEYS);
    const type = elementType(x) as KeyType;
    separate("out", out, "x", x, { inPlace: true });
    const output = call.output("out", out, type, on.length);
    const size = blockSize(on.length);
    const n = Math.ceil(on.length / size);
    const [keys, work] = [call.between(keyType(type), on.length), call.between(keyType(type), on.length)];
    await call.steps([
      step(kernel("sort", `blocks_${type}`), n, { size, down, x: on, keys, work }, { grain: 1 }),
      step(kernel("sort", `ranges_${type}`), n, { size, down, keys, work, out: output.array }, { grain: 1 }),
    ]);
    return (await output.result()) as R;
  });
}

/**
 * The positions that sort an array, or several arrays of one length: the first of them decides, the next where it has equals.
 * Equal keys stay in the order they came in; -0 comes before 0, NaN last.
 * @param options.descending for all keys, or for each
 * @returns rejects with a TypeError or RangeError that names the argument, a MemoryError, or the signal's reason
 */
export function argsort(
  keys: Key | readonly Key[],
  options: Out<Uint32Array> & { readonly descending?: boolean | readonly boolean[] | undefined } = {},
): Promise<Uint32Array> {
  return withCall(options, ["out", "descending"], async (call) => {
    const { out, descending = false } = options;
    const list = Array.isArray(keys) ? (keys as readonly Key[]) : [keys as Key];
    const names = list.map((_, i) => (Array.isArray(keys) ? `keys[${i}]` : "keys"));
    if (list.length === 0) throw new RangeError("keys must be one array at least, got none");
    const downs = list.map((_, i) => flagOf(descending, i, list.length));
    for (const [i, one] of list.entries()) {
      const { length } = checkedArray(names[i] as string, one, KEYS);
      if (length !== list[0]?.length)
        throw new RangeError(`${names[i]} must have as many elements as keys[0], ${list[0]?.length}, got ${length}`);
      separate("out", out, names[i] as string, one);
    }
    const on: HeapArray<KeyType>[] = [];
    for (const [i, one] of list.entries()) on.push(await call.input(names[i] as string, one, KEYS));
    const output = call.output("out", out, "uint32", list[0]?.length as number);
    await call.steps(argsortSteps(call, on, downs, output.array));
    return output.result() as Promise<Uint32Array>;
  });
}

/** The steps that write the positions: the last key first, each by the order of those behind it. */
function argsortSteps(
  call: Call,
  keys: readonly HeapArray<KeyType>[],
  downs: readonly boolean[],
  out: HeapArray<"uint32">,
): Step[] {
  const { length } = out;
  const size = blockSize(length);
  const n = Math.ceil(length / size);
  const [ids, workIds] = [call.between("uint32", length), call.between("uint32", length)];
  const last = keys.length - 1;
  return keys.flatMap((_, i) => {
    const x = keys[last - i] as HeapArray<KeyType>;
    const type = elementType(x) as KeyType;
    const [own, work, spare] = [1, 2, 3].map(() => call.between(keyType(type), length));
    const order = i === 0 ? call.temporary("uint32", 0) : out;
    const named = { size, down: downs[last - i] as boolean, x, order, keys: own, ids, work, workIds };
    const joined = { size, keys: own, ids, work, workIds, spare, out };
    return [
      step(kernel("sort", `argblocks_${type}`), n, named, { grain: 1 }),
      step(kernel("sort", `argranges_${keyType(type).slice(-2)}`), n, joined, { grain: 1 }),
    ];
  });
}

function flagOf(descending: unknown, i: number, count: number): boolean {
  if (!Array.isArray(descending)) return flag("descending", descending);
  if (descending.length !== count)
    throw new RangeError(`descending must have as many as keys, ${count}, got ${descending.length}`);
  return flag(`descending[${i}]`, descending[i]);
}

/** @throws TypeError */
function flag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`${name} must be true or false, got ${show(value)}`);
}
