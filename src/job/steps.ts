/** What `runSteps` is given: steps of one job, and lists of them that repeat, as plain data. */
import { type ElementType, elementType, type HeapArray } from "../memory/heap.js";
import { knownOptions, optionsObject, show, wholeNumber } from "../validate.js";
import { type AnyFunction, checkKernel, type Kernel, type RangeArgs } from "./handles.js";
import { givenArguments } from "./named-arguments.js";

/** One step of a job, or a list of steps that repeats: made by `step` and `repeat`, for `executor.runSteps`. */
export interface Step {
  readonly kind: "step" | "repeat";
}

/** How many items a step has, where an earlier step of its job may say so. */
export type ItemCount = HeapArray<"uint32" | "float64">;

/** A step as it was made. */
export interface OneStep extends Step {
  readonly kind: "step";
  readonly kernel: Kernel;
  /** Undefined: one plain call. */
  readonly n: number | ItemCount | undefined;
  readonly grain: number | undefined;
  /** A list, or an object of arguments by their names. */
  readonly args: readonly unknown[] | object;
}

export interface Repetition extends Step {
  readonly kind: "repeat";
  readonly steps: readonly Step[];
  readonly atMost: number;
  readonly until: HeapArray<"int32"> | undefined;
}

const made = new WeakMap<Step, OneStep | Repetition>();

/** What is behind a step. @throws TypeError for what `step` and `repeat` did not make */
export function contentOf(name: string, value: unknown): OneStep | Repetition {
  const found = typeof value === "object" && value !== null ? made.get(value as Step) : undefined;
  if (!found) throw new TypeError(`${name} must be made by step(...) or repeat(...), got ${show(value)}`);
  return found;
}

/**
 * A step of a job: the kernel's calls `(begin, end, ...args)` over [0, n), as parallelFor makes them, begun when all steps
 * before it are done.
 * @param n how many items; or an array of one element, uint32 or float64, which is read when the step begins: a number that
 * an earlier step has written. Undefined: one call `kernel(...args)` on one worker
 * @param args as of parallelFor, a list or by name; arrays of the heap, and values that are cloned when `runSteps` is called
 * @param options `grain`: items a chunk, default `ceil(n / 1024)`
 * @throws TypeError, RangeError for what is no kernel, number or list; the arguments are checked by `runSteps`
 */
export function step<F extends AnyFunction, Named extends object = never>(
  kernel: Kernel<F, Named>,
  n: number | ItemCount,
  args: RangeArgs<F> | NoInfer<Named>,
  options?: { readonly grain?: number | undefined },
): Step;
/** A step of one call, `kernel(...args)`, on one worker. */
export function step<F extends AnyFunction, Named extends object = never>(
  kernel: Kernel<F, Named>,
  n: undefined,
  args: Parameters<F> | NoInfer<Named>,
): Step;
export function step(
  kernel: Kernel,
  n: number | ItemCount | undefined,
  args: readonly unknown[] | object = [],
  options: { readonly grain?: number | undefined } = {},
): Step {
  checkKernel(kernel);
  if (typeof n === "number") wholeNumber("n", n, 0, Number.MAX_SAFE_INTEGER);
  else if (n !== undefined) checkOne("n", n, ["uint32", "float64"], "a number, or an array of one element made by");
  givenArguments(args, kernel);
  optionsObject("options", options);
  knownOptions(options, ["grain"]);
  const { grain } = options;
  if (grain !== undefined) wholeNumber("grain", grain, 1, Number.MAX_SAFE_INTEGER);
  return remembered({ kind: "step", kernel, n, grain, args: Array.isArray(args) ? [...args] : { ...args } });
}

/**
 * A list of steps, over and over: `atMost` times, or fewer if `until[0]` is not 0 after a round. The package only reads
 * `until`: a step of the list is to write it in each round, or before the first. Lists may lie within lists.
 * @param options.atMost rounds, 0 or more
 * @param options.until an array of one element that a step of the list writes
 * @throws TypeError, RangeError
 */
export function repeat(
  steps: readonly Step[],
  options: { readonly atMost: number; readonly until?: HeapArray<"int32"> | undefined },
): Step {
  optionsObject("options", options);
  knownOptions(options, ["atMost", "until"]);
  if (!Array.isArray(steps)) throw new TypeError(`steps must be an array of steps, got ${show(steps)}`);
  for (const [i, one] of steps.entries()) contentOf(`steps[${i}]`, one);
  const { atMost, until } = options;
  wholeNumber("atMost", atMost, 0, Number.MAX_SAFE_INTEGER);
  if (until !== undefined) checkOne("until", until, ["int32"], "an array of one element made by");
  return remembered({ kind: "repeat", steps: [...steps], atMost, until });
}

/** The handle shows nothing of what is behind it, so that no caller changes that. */
function remembered(content: OneStep | Repetition): Step {
  const handle: Step = Object.freeze({ kind: content.kind });
  made.set(handle, content);
  return handle;
}

function checkOne(name: string, array: unknown, types: readonly ElementType[], what: string): void {
  const type = elementType(array);
  const expected = `${name} must be ${what} ${types.map((one) => `heap.${one}`).join(" or ")}`;
  if (type === undefined || !types.includes(type)) throw new TypeError(`${expected}, got ${show(array)}`);
  const { length } = array as { readonly length: number };
  if (length !== 1) throw new RangeError(`${expected}, got one of ${length} elements`);
}
