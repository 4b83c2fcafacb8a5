/** Checks a job's arguments against the types of a Wasm kernel, before anything is sent anywhere. */
import { KernelError } from "../errors.js";
import { type AnyArray, arrayTypeName, type ElementType, elementType } from "../memory/heap.js";
import {
  arrayType,
  holds,
  INDEX_TYPE_NAMES,
  INDEX_TYPES,
  type KernelParameter,
  type KernelSignature,
  PRIMITIVES,
  TEXTS,
} from "../memory/metadata.js";
import type { KernelModule } from "../memory/modules.js";
import { Texts } from "../memory/texts.js";
import type { FunctionSignature } from "../memory/wasm.js";
import { markedKind } from "../sync/mark.js";
import { show } from "../validate.js";
import { checkItems } from "./item-length.js";
import type { Range } from "./range.js";

/** The kernel as messages call it, and what the job gives it. */
export interface Given {
  readonly name: string;
  readonly label: string;
  readonly args: readonly unknown[];
  /** The caller has named them. */
  readonly isByName?: boolean;
  readonly range: Range | undefined;
  /** It also gets scratch memory, last. */
  readonly scratch: boolean;
  /** The elements of the accumulator that it also gets, last. */
  readonly accumulator?: ElementType | undefined;
}

/** Items that an int32 index reaches. */
const INT32_ITEMS = 2 ** 31 - 1;

/**
 * Checks count and types.
 * @param found what the module itself says of the kernel
 * @throws TypeError, RangeError naming the argument; KernelError when there is no such export
 */
export function checkSignature(given: Given, module: KernelModule, found?: KernelSignature): void {
  checkThere(given, module, found);
  if (found) checkCompiled(given, found);
  else checkWasm(given, module.signatures?.get(given.name));
}

function checkThere(
  { label, name }: Pick<Given, "label" | "name">,
  { signatures, compiled }: KernelModule,
  found: KernelSignature | undefined,
): void {
  const isThere = compiled ? found !== undefined : (signatures?.has(name) ?? true);
  if (isThere) return;
  const known = compiled?.kernels.map((kernel) => kernel.name) ?? [...(signatures?.keys() ?? [])];
  const names = known.map((one) => JSON.stringify(one)).join(", ");
  throw new KernelError(`${label} could not be loaded: the module has no function "${name}"; it has ${names}`);
}

/** Checks that a kernel joins two accumulators. @throws TypeError; KernelError when there is no such export */
export function checkJoin(
  kernel: Pick<Given, "label" | "name">,
  type: ElementType,
  module: KernelModule,
  found?: KernelSignature,
): void {
  checkThere(kernel, module, found);
  const foreign = module.signatures?.get(kernel.name)?.params;
  const params = found ? found.params.map(shown) : foreign;
  const fits = found
    ? found.params.every((param) => isAccumulator(param, type))
    : foreign?.every((one) => one === "i32");
  if (!params || (fits && params.length === 2)) return;
  throw new TypeError(
    `combine must take two accumulators of out (${arrayTypeName(type)}), but ${kernel.label} takes (${params.join(", ")})`,
  );
}

function shown({ name, type }: KernelParameter): string {
  return `${name}: ${type}`;
}

function isAccumulator({ type }: KernelParameter, of: ElementType): boolean {
  const array = arrayType(type);
  return array?.kind === "Acc" && holds(of, array.element);
}

/** How many items the kernel reaches with these arrays. */
export function mostItems({ name, args, range }: Given, { signatures }: KernelModule, found?: KernelSignature): number {
  if (!range) return 1;
  if (!found) {
    const index = signatures?.get(name)?.params[0] ?? "i32";
    return index === "f64" || index === "i64" ? Number.MAX_SAFE_INTEGER : INT32_ITEMS;
  }
  const [begin, , ...params] = found.params;
  const lengths = params.map(({ type }, i) =>
    arrayType(type)?.kind === "Ptr" ? (args[i] as { readonly length: number }).length : Infinity,
  );
  return Math.min(INDEX_TYPES[begin?.type ?? ""] ?? 0, ...lengths);
}

function checkResult({ label, range }: Form, isVoid: boolean): void {
  if (isVoid && (range?.partial === "sum" || range?.partial === "value"))
    throw new TypeError(`kernel must return a value to be combined, but ${label} returns nothing; use parallelFor`);
}

function checkWasm(given: Given, signature: FunctionSignature | undefined): void {
  const { args, range } = given;
  // A foreign module's types are not known: its indices may be 32 bits wide.
  const index = signature ? signature.params[0] : "i32";
  if (range && range.n > INT32_ITEMS && index !== "f64" && index !== "i64")
    throw new RangeError(`n must be below 2^31 for a kernel with 32-bit indices, got ${range.n}`);
  if (!signature) return;
  checkResult(given, signature.results.length === 0);
  const lead = range ? 2 : 0;
  checkCount(given, signature.params.length, lead);
  const last = signature.params.at(-1);
  if (given.accumulator && last !== "i32")
    throw new TypeError(
      `kernel must take an accumulator last, a pointer (i32), but ${given.label} takes ${last} there`,
    );
  for (const [position, arg] of args.entries())
    checkWasmArgument(`args[${position}]`, arg, signature.params[position + lead] as string);
}

/** @param lead parameters before the arguments */
function checkCount({ label, args, scratch, accumulator }: Given, parameters: number, lead: number, list = ""): void {
  const expected = parameters - lead - Number(scratch) - Number(accumulator !== undefined);
  if (expected < 0) {
    const last = accumulator ? ", an accumulator last" : scratch ? ", scratch last" : "";
    throw new TypeError(`kernel must take (begin, end, ...) here${last}, but ${label} takes ${parameters} parameters`);
  }
  if (args.length !== expected)
    throw new TypeError(`args must hold ${expected} arguments${list} for ${label}, got ${args.length}`);
}

function checkWasmArgument(name: string, arg: unknown, type: string): void {
  if (ArrayBuffer.isView(arg)) {
    if (type !== "i32")
      throw new TypeError(`${name} must be ${type === "i64" ? "a bigint" : "a number"} (${type}), got ${show(arg)}`);
  } else if (type === "i64") {
    checkBigint(name, arg, type, -(2n ** 63n), 2n ** 64n - 1n);
  } else if (typeof arg !== "number") {
    throw new TypeError(`${name} must be a number (${type}), got ${show(arg)}`);
  } else if (type === "i32" && (!Number.isInteger(arg) || arg < -(2 ** 31) || arg >= 2 ** 32)) {
    throw new RangeError(`${name} must be a whole number of 32 bits (i32), got ${arg}`);
  }
}

function checkBigint(name: string, arg: unknown, type: string, min: bigint, max: bigint): void {
  if (typeof arg !== "bigint") throw new TypeError(`${name} must be a bigint (${type}), got ${show(arg)}`);
  if (arg < min || arg > max) throw new RangeError(`${name} must fit 64 bits (${type}), got ${show(arg)}`);
}

/** The parameters that take arguments: not those for the range, for scratch memory and for an accumulator. */
export function takenParameters(
  { params }: Pick<KernelSignature, "params">,
  { range, scratch, accumulator }: Pick<Given, "range" | "scratch" | "accumulator">,
): KernelSignature["params"] {
  return params.slice(range ? 2 : 0, scratch || accumulator ? -1 : undefined);
}

type Form = Pick<Given, "label" | "range" | "accumulator">;

/** Checks whether a kernel is one for this form of call. @throws TypeError, RangeError */
export function checkForm(form: Form, { params, result }: KernelSignature): void {
  const { label, range } = form;
  checkAccumulators(form, params.slice(range ? 2 : 0));
  checkResult(form, result === "void");
  if (!range) return;
  const [begin, end] = params;
  const most = begin && end?.type === begin.type ? INDEX_TYPES[begin.type] : undefined;
  if (most === undefined)
    throw new TypeError(
      `kernel must take (begin, end, ...) here, both ${INDEX_TYPE_NAMES}, but ${label} takes ` +
        `(${params.map(shown).join(", ")})`,
    );
  if (range.n > most)
    throw new RangeError(`n must be at most ${most} for a kernel with ${begin?.type} indices, got ${range.n}`);
}

/** Checks against all that the compiler knew. */
function checkCompiled(given: Given, signature: KernelSignature): void {
  checkForm(given, signature);
  const { params } = signature;
  const { args, isByName, range } = given;
  const lead = range ? 2 : 0;
  const taken = takenParameters({ params }, given).map(shown);
  checkCount(given, params.length, lead, taken.length > 0 ? ` (${taken.join(", ")})` : "");
  args.forEach((arg, position) => {
    const { name, type } = params[position + lead] as KernelSignature["params"][number];
    const argument = isByName ? `args.${name}` : `args[${position}] (${name})`;
    checkCompiledArgument(argument, arg, type, range?.n ?? 0);
    if (ArrayBuffer.isView(arg)) checkItems(argument, (arg as AnyArray).length, type, { signature, range, args });
  });
}

/** An accumulator is the last argument of a range that has one, and no other argument. */
function checkAccumulators({ label, accumulator }: Form, params: readonly KernelParameter[]): void {
  const others = accumulator ? params.slice(0, -1) : params;
  const other = others.find(({ type }) => arrayType(type)?.kind === "Acc");
  if (other)
    throw new TypeError(
      `${label} takes an accumulator (${shown(other)})${accumulator ? " before its last parameter" : ""}: it is for ` +
        "parallelReduce with { out, combine }",
    );
  const last = params.at(-1);
  if (accumulator && !(last && isAccumulator(last, accumulator)))
    throw new TypeError(
      `kernel must take an accumulator of out (${arrayTypeName(accumulator)}) last, but ${label} takes ` +
        `(${params.map(shown).join(", ")})`,
    );
}

function checkCompiledArgument(name: string, arg: unknown, type: string, n: number): void {
  const array = arrayType(type);
  const primitives = PRIMITIVES[type];
  if (primitives) {
    const isOne = arg instanceof Int32Array && primitives.includes(markedKind(arg) ?? "");
    if (!isOne) throw new TypeError(`${name} must be the words of a ${type} made with { on: heap }, got ${show(arg)}`);
  } else if (type === TEXTS) {
    if (!(arg instanceof Texts)) throw new TypeError(`${name} must be texts made by heap.texts, got ${show(arg)}`);
  } else if (array) {
    if (!holds(elementType(arg), array.element))
      throw new TypeError(`${name} must be an array made by heap.${array.element} (${type}), got ${show(arg)}`);
    const { length } = arg as { length: number };
    if (array.kind === "Ptr" && length < n)
      throw new RangeError(`${name} must have at least n = ${n} elements (${type}), got ${length}`);
  } else if (ArrayBuffer.isView(arg)) {
    if (type !== "usize" && type !== "isize")
      throw new TypeError(
        `${name} must be ${/64$/.test(type) && !type.startsWith("f") ? "a bigint" : "a number"} (${type}), got ${show(arg)}`,
      );
  } else checkNumber(name, arg, type);
}

const BITS: Readonly<Record<string, number>> = { isize: 32, usize: 32 };

function checkNumber(name: string, arg: unknown, type: string): void {
  if (type === "bool") {
    if (typeof arg === "boolean" || arg === 0 || arg === 1) return;
    throw new TypeError(`${name} must be a boolean (bool), got ${show(arg)}`);
  }
  const isSigned = type.startsWith("i");
  if (type === "i64") checkBigint(name, arg, type, -(2n ** 63n), 2n ** 63n - 1n);
  else if (type === "u64") checkBigint(name, arg, type, 0n, 2n ** 64n - 1n);
  else if (typeof arg !== "number") throw new TypeError(`${name} must be a number (${type}), got ${show(arg)}`);
  else if (!type.startsWith("f")) checkWhole(name, arg, type, isSigned);
}

function checkWhole(name: string, arg: number, type: string, isSigned: boolean): void {
  const bits = BITS[type] ?? Number(type.slice(1));
  const [min, max] = isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  if (!Number.isInteger(arg) || arg < min || arg > max)
    throw new RangeError(`${name} must be a whole number from ${min} to ${max} (${type}), got ${arg}`);
}
