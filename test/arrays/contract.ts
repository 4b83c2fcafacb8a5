/** The contract of all verbs, one table: the same bits everywhere, whatever the arrays lie on, and nothing left behind. */
import { type Executor, heap } from "allcores";
import type { ArraysOptions } from "allcores/arrays";
import { describe, expect, test } from "vitest";
import { executors, shared } from "../executors/all.js";

const LIMIT = 20_000;

type Given = Readonly<Record<string, unknown>>;
export type AnyArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array | Int8Array | BigInt64Array;

export interface VerbRow<Input extends Given = Given> {
  readonly name: string;
  /** Inputs by what is special about them: ordinary arrays, which the contract puts on the heap, too. The last is the largest. */
  readonly cases: Readonly<Record<string, Input>>;
  run(input: Input, options: ArraysOptions & { out?: never }): Promise<unknown>;
  /** The answer by other means, compared element by element. */
  expected(input: Input): unknown;
  /** How far a number may be from the answer, by its size and absolutely; 0, the default, is the same bits (NaN is NaN). */
  readonly tolerance?: number;
  /** An array for `out`, of the result's type and length, for verbs that take one. */
  out?(input: Input): AnyArray;
}

/** One executor of each way to workers, and threads in several numbers. */
const places = [
  ...executors.filter(({ kind }) => kind !== "threads").map((row) => [row, 2] as const),
  ...[1, 2, 3, 7].flatMap((workers) =>
    executors.filter(({ kind }) => kind === "threads").map((row) => [row, workers] as const),
  ),
];

const isArray = (value: unknown): value is AnyArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

/** The same input with its arrays on the heap. */
function onHeap<Input extends Given>(input: Input, scope: ReturnType<typeof heap.scope>): Input {
  const moved = (value: unknown): unknown => {
    if (isArray(value)) return scope[typeOf(value)](value as never);
    return Array.isArray(value) ? value.map(moved) : value;
  };
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, moved(value)])) as Input;
}

/** The heap's name of an array's elements. */
function typeOf(array: AnyArray): "float64" {
  return array.constructor.name
    .replace(/^Big/, "")
    .replace(/Array$/, "")
    .toLowerCase() as "float64";
}

/** All numbers of a result, in order: what must be the same, to the bit, everywhere. */
function flat(value: unknown): (number | bigint | string)[] {
  if (isArray(value)) return [value.constructor.name, value.length, ...(value as Float64Array)];
  if (Array.isArray(value)) return value.flatMap(flat);
  if (typeof value === "object" && value !== null)
    return Object.keys(value)
      .sort()
      .flatMap((key) => [key, ...flat(value[key as never])]);
  return [value as number];
}

function same(actual: unknown, expected: unknown, tolerance: number, where: string): void {
  const [found, wanted] = [flat(actual), flat(expected)];
  expect(found.length, where).toBe(wanted.length);
  const wrong = found.findIndex((value, i) => !isNear(value, wanted[i], tolerance));
  if (wrong >= 0) expect.fail(`${where}: element ${wrong} is ${found[wrong]}, not ${wanted[wrong]}`);
}

function isNear(value: unknown, wanted: unknown, tolerance: number): boolean {
  if (Object.is(value, wanted)) return true;
  if (tolerance === 0 || typeof value !== "number" || typeof wanted !== "number") return false;
  return Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
}

/** A row, typed by its own inputs. */
export function verb<Input extends Given>(row: VerbRow<Input>): VerbRow {
  return row as unknown as VerbRow;
}

/** Runs the contract over rows of verbs. */
export function contract(rows: readonly VerbRow[]): void {
  describe.each(rows)("$name", (row) => {
    const { cases, tolerance = 0 } = row;
    const largest = Object.keys(cases).at(-1) as string;
    const inputOf = (name: string) => cases[name] as Given;
    const serial = shared(executors.find(({ kind }) => kind === "serial") as (typeof executors)[number], 2);
    const all = places.map(([executor, workers]) => ({
      name: `${executor.kind} x ${workers}`,
      its: shared(executor, workers),
    }));

    test("gives the answer", { timeout: LIMIT }, async () => {
      for (const name of Object.keys(cases)) {
        const result = await row.run(inputOf(name), { executor: serial.it });
        same(result, row.expected(inputOf(name)), tolerance, name);
      }
    });

    test("gives the same bits on every executor, from the heap and from ordinary arrays", {
      timeout: LIMIT,
    }, async () => {
      using scope = heap.scope();
      for (const name of Object.keys(cases)) {
        const moved = onHeap(inputOf(name), scope);
        const wanted = flat(await row.run(inputOf(name), { executor: serial.it }));
        for (const { name: place, its } of all)
          same(await row.run(moved, { executor: its.it, copy: false }), wanted, 0, `${name} on ${place}`);
      }
    });

    test("leaves its input alone, and nothing on the heap", { timeout: LIMIT }, async () => {
      const input = inputOf(largest);
      const before = flat(input);
      const { allocations, used } = heap.stats();
      await row.run(input, { executor: all.at(-1)?.its.it as Executor });
      expect(heap.stats()).toMatchObject({ allocations, used });
      same(input, before, 0, largest);
    });

    test("rejects with the signal's reason, before and in its midst", { timeout: LIMIT }, async () => {
      const executor = all.at(-2)?.its.it as Executor;
      const reason = new Error("enough");
      const late = new AbortController();
      await expect(row.run(inputOf(largest), { executor, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const running = row.run(inputOf(largest), { executor, signal: late.signal });
      late.abort(reason);
      await expect(running).rejects.toBe(reason);
    });

    test("refuses ordinary arrays where copies are refused", { timeout: LIMIT }, async () => {
      const input = inputOf(largest);
      const array = Object.entries(input).find(([, value]) => isArray(value));
      if (!array) return;
      await expect(row.run(input, { executor: serial.it, copy: false })).rejects.toThrow(/must be made by heap\./);
    });

    const { out: makeOut } = row;
    if (!makeOut) return;
    test("fills out, on the heap or ordinary, and refuses another", { timeout: LIMIT }, async () => {
      using scope = heap.scope();
      const input = inputOf(largest);
      const ordinary = makeOut(input);
      const wanted = flat(await row.run(input, { executor: serial.it }));
      for (const out of [ordinary, scope[typeOf(ordinary)](ordinary as never)]) {
        const options = { executor: serial.it, out: out as never };
        expect(await row.run(input, options)).toBe(out);
        same(out, wanted, 0, "out");
      }
      const wrong = new (ordinary.constructor as typeof Float64Array)(ordinary.length + 1);
      await expect(row.run(input, { executor: serial.it, out: wrong as never })).rejects.toThrow(RangeError);
      const other = ordinary instanceof Int8Array ? new Uint8Array(ordinary.length) : new Int8Array(ordinary.length);
      await expect(row.run(input, { executor: serial.it, out: other as never })).rejects.toThrow(/^out must be/);
    });
  });
}

/** Seeded numbers in [0, 1), for inputs. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Doubles of many sizes and both signs. */
export function doubles(length: number, seed = 1): Float64Array {
  const next = generator(seed);
  return Float64Array.from({ length }, () => (next() - 0.5) * 10 ** (6 * next() - 3));
}

/** Inputs of one array that most verbs must bear. `x` is made of doubles. */
export function usual<T>(make: (values: Float64Array) => T, length = 20_011): Record<string, { readonly x: T }> {
  const [some, next] = [doubles(length), generator(2)];
  const holes = some.map((value) => (next() < 0.1 ? Number.NaN : value));
  const special = [0, -0, Infinity, -Infinity, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1, -1];
  const of = (values: ArrayLike<number>) => ({ x: make(Float64Array.from(values)) });
  return {
    empty: of([]),
    one: of([-2.5]),
    "one NaN": of([Number.NaN]),
    "both zeros": of([0, -0, 0, -0, -0]),
    special: of(special.concat(special)),
    "NaN and special": of(special.concat([Number.NaN, 3])),
    "all equal": of(new Float64Array(1000).fill(7)),
    sorted: of(Float64Array.from({ length: 999 }, (_, i) => i - 500)),
    reversed: of(Float64Array.from({ length: 999 }, (_, i) => 500 - i)),
    holes: of(holes),
    many: of(some),
  };
}
