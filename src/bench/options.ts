/** The options of `compare`, and their checks. */
import { finiteNumber, optionalFunction, optionalSignal, optionsObject, show } from "../validate.js";
import type { Check } from "./gate.js";
import type { SamplerProgress } from "./sampler.js";
import type { Case, OwnTime } from "./subject.js";

/** Cases by name: ways to do the same work, the first of which the others are compared with. */
export type Cases = Readonly<Record<string, Case>>;

type Timed<T> = T extends OwnTime<infer Value> ? Value : T;
/** The type that cases return, or that their promises resolve to. */
export type ValueOf<C extends Cases> = Timed<Awaited<ReturnType<C[keyof C]>>>;

/** The progress of a comparison: "check" is the gate, "first" are the fresh processes of a case file. */
export type CompareProgress =
  | SamplerProgress
  | { readonly stage: "check" | "first"; readonly done: number; readonly total: number; readonly left: number };

export interface CompareOptions<C extends Cases = Cases, Output = ValueOf<C>> {
  readonly name: string;
  /** At least two, sync or async. JS moves names that are whole numbers to the front. */
  readonly cases: C;
  /**
   * Returns what the cases write into: typed arrays, or arrays or objects of them. `compare` calls it anew each time, fills
   * the output before each case, and compares it in place of what the cases return.
   */
  readonly output?: (() => Output) | undefined;
  /**
   * The digest of an output, such as a checksum. A case that returns an OwnTime can't write into `output()`: its value is
   * the digest, which is compared with that of the other cases' output, outside their times.
   */
  readonly digest?: ((output: Output) => unknown) | undefined;
  /** How outcomes are compared with the first case's. */
  readonly check: Check<Output>;
  /** Items that a call handles, for ns an item, and the name of one: "pixel", "sample" (default "item"). */
  readonly items?: number | undefined;
  readonly unit?: string | undefined;
  /** Bytes that a call moves, for GB/s. */
  readonly bytes?: number | undefined;
  /** ms to spend on warming and measuring (default 15,000); slow cases get 6 rounds however long they take. */
  readonly budget?: number | undefined;
  /** The seed of the order of runs and of the bootstrap (default 1). */
  readonly seed?: number | undefined;
  /** Ends the comparison between calls, and while an async case is awaited. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CompareProgress) => void) | undefined;
}

export const DEFAULT_BUDGET = 15_000;
const MOST_SEED = 2 ** 32 - 1;

/** Options whose outcomes may be of any type. */
export type AnyOptions = Omit<CompareOptions<Cases, never>, "output"> & {
  readonly output?: (() => unknown) | undefined;
};

/** Case files are plain JS, where no compiler finds a "buget". */
const KNOWN = "name cases output digest check items unit bytes budget seed signal onProgress".split(" ");

/** Throws for options that `compare` can't take. */
export function checkOptions(options: AnyOptions): void {
  optionsObject("options", options);
  for (const key of Object.keys(options))
    if (!KNOWN.includes(key)) throw new TypeError(`compare() has no option ${show(key)}, only ${KNOWN.join(", ")}`);
  const { name, cases, output, digest, check, items, unit, bytes, budget, seed, signal, onProgress } = options;
  text("name", name);
  checkCases(cases);
  optionalFunction("output", output);
  optionalFunction("digest", digest);
  if (digest && !output) throw new TypeError("digest must come with output, whose digest it is");
  checkCheck(check);
  for (const [key, value] of Object.entries({ items, bytes, budget }))
    if (value !== undefined && !(finiteNumber(key, value) > 0))
      throw new RangeError(`${key} must be above 0, got ${value}`);
  if (unit !== undefined) text("unit", unit);
  if (seed !== undefined && (!Number.isInteger(seed) || seed < 0 || seed > MOST_SEED)) {
    const message = `seed must be a whole number from 0 to 2^32 - 1, got ${show(seed)}`;
    throw typeof seed === "number" ? new RangeError(message) : new TypeError(message);
  }
  optionalSignal("signal", signal);
  optionalFunction("onProgress", onProgress);
}

function text(name: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  const message = `${name} must be a text that is not empty, got ${show(value)}`;
  throw typeof value === "string" ? new RangeError(message) : new TypeError(message);
}

function checkCases(cases: Cases): void {
  optionsObject("cases", cases);
  const names = Object.keys(cases);
  if (names.length < 2) throw new RangeError(`cases must be at least two functions by name, got ${names.length}`);
  for (const name of names) {
    text("a name in cases", name);
    if (typeof cases[name] !== "function")
      throw new TypeError(`cases.${name} must be a function, got ${show(cases[name])}`);
  }
}

function checkCheck(check: Check<never>): void {
  if (check === "equal" || typeof check === "function") return;
  const allowed = '"equal", { tolerance, reason } or a function of two outcomes';
  if (typeof check === "string") throw new RangeError(`check must be ${allowed}, got ${show(check)}`);
  if (typeof check !== "object" || check === null || Array.isArray(check))
    throw new TypeError(`check must be ${allowed}, got ${show(check)}`);
  if (finiteNumber("check.tolerance", check.tolerance) < 0)
    throw new RangeError(`check.tolerance must be 0 or above, got ${check.tolerance}`);
  text("check.reason", check.reason);
}
