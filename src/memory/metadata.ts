/**
 * What a module that this package compiled says of itself, as JSON in a custom section: which kernels it has, with the
 * types that Wasm does not know (u8, Ptr<f32>), where its static data lies, and how large its workers' arenas are.
 */
import { CompileError } from "../errors.js";
import type { ElementType } from "./heap.js";
import { LINE, SLOT_BYTES, SLOTS_START } from "./layout.js";

/** Numbers that kernels take and return, as AssemblyScript calls them. */
export const NUMBER_TYPES: readonly string[] = [
  ...["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bool", "isize", "usize"],
];

/** Types that `begin` and `end` may have, both the same, and how many items a range of them has at most. */
export const INDEX_TYPES: Readonly<Record<string, number>> = {
  i32: 2 ** 31 - 1,
  u32: 2 ** 32 - 1,
  i64: Number.MAX_SAFE_INTEGER,
  u64: Number.MAX_SAFE_INTEGER,
  f64: Number.MAX_SAFE_INTEGER,
  isize: 2 ** 31 - 1,
  usize: 2 ** 32 - 1,
};

/** The same for messages: "i32, u32, ... or usize". */
export const INDEX_TYPE_NAMES = Object.keys(INDEX_TYPES)
  .join(", ")
  .replace(/, (\w+)$/, " or $1");

/**
 * How a kernel takes an array: the parts of its items, all of it to read, all of it to change, several elements an item,
 * blocks of which the last may be short, or its chunk's accumulator.
 */
export type ArrayKind = "Ptr" | "Whole" | "Shared" | "Rows" | "Blocks" | "Acc";

/** Elements of arrays, and the heap arrays that hold them. */
export const ELEMENTS: Readonly<Record<string, ElementType>> = {
  f64: "float64",
  f32: "float32",
  i64: "int64",
  u64: "uint64",
  i32: "int32",
  u32: "uint32",
  i16: "int16",
  u16: "uint16",
  i8: "int8",
  u8: "uint8",
};

/** Whether an array of the heap holds such elements: a Uint8ClampedArray is bytes. */
export function holds(array: ElementType | undefined, element: ElementType): boolean {
  return array === element || (array === "uint8Clamped" && element === "uint8");
}

/** A parameter of a kernel: a number type, a primitive, Texts, or an array such as `Ptr<f32>` of an element type. */
export interface KernelParameter {
  readonly name: string;
  readonly type: string;
}

export interface KernelSignature {
  readonly name: string;
  readonly params: readonly KernelParameter[];
  /** A number type, or `void`. */
  readonly result: string;
  /** The text of its doc comment. */
  readonly doc?: string | undefined;
  /** Parameters of arrays, by their places: behind all parameters it takes the bytes and the width of each. */
  readonly hidden?: readonly number[] | undefined;
}

/** Whether these are the parameters of a kernel for ranges, by their names. */
export function isForRanges([begin, end]: readonly KernelParameter[]): boolean {
  return begin?.name === "begin" && end?.name === "end";
}

export interface ModuleMetadata {
  readonly version: 2 | 3;
  /** The file that it was compiled from. */
  readonly source: string;
  /** Where its static data begins, LINE bytes into its slot. */
  readonly base: number;
  /** Whether there is any: modules without share slots with others. */
  readonly hasStaticData: boolean;
  /** Bytes of each arena; 0 for a module that allocates nothing. */
  readonly arena: number;
  /** Whether its kernels take locks. */
  readonly locks: boolean;
  /** Where its data segments begin that none of its code writes. */
  readonly constants: readonly number[];
  readonly kernels: readonly KernelSignature[];
  /** Of a checked build. */
  readonly checked?: CheckedTables | undefined;
}

/** What the checks of a module name by numbers. */
export interface CheckedTables {
  /** The name of each array, and the bytes of an element. */
  readonly arrays: readonly { readonly name: string; readonly bytes: number }[];
  /** Places in the source: `file:line:column`. */
  readonly sites: readonly string[];
}

/** The version of the section, and with it of the functions that the host calls (assembly/rt/host.ts). */
export const METADATA_VERSION = 3;
/** That of modules without hidden parameters and checks, which versions of this package can run that know neither. */
export const PLAIN_METADATA_VERSION = 2;

/** Primitives of allcores/sync that kernels take, and those that are given for them: their words are int32. */
export const PRIMITIVES: Readonly<Record<string, readonly string[]>> = {
  Lock: ["Lock"],
  Semaphore: ["Semaphore", "BoundedSemaphore"],
  Event: ["Event"],
  Counter: ["Counter"],
};

/** Strings made by `heap.texts`, which lie in one block of bytes. */
export const TEXTS = "Texts";

/** The kind and the element type of an array type. */
export function arrayType(type: string): { kind: ArrayKind; element: ElementType } | undefined {
  if (type === TEXTS) return { kind: "Whole", element: "uint8" };
  if (PRIMITIVES[type]) return { kind: "Shared", element: "int32" };
  const match = /^(Ptr|Whole|Shared|Rows|Blocks|Acc)<(\w+)>$/.exec(type);
  const element = ELEMENTS[match?.[2] ?? ""];
  return element ? { kind: match?.[1] as ArrayKind, element } : undefined;
}

/**
 * Reads the section.
 * @throws CompileError when it is not one that this version of the package writes
 */
export function readMetadata(section: Uint8Array, label: string): ModuleMetadata {
  let found: ModuleMetadata;
  try {
    found = JSON.parse(new TextDecoder().decode(section.slice())); // a copy: it may lie in shared memory
  } catch (cause) {
    throw new CompileError(`${label} has a broken "allcores" section`, { cause });
  }
  if (found?.version !== METADATA_VERSION && found?.version !== PLAIN_METADATA_VERSION)
    throw new CompileError(`${label} was compiled by another version of allcores: compile it again`);
  const offset = found.base - LINE - SLOTS_START;
  const isSound =
    Number.isInteger(found.base) &&
    offset >= 0 &&
    offset % SLOT_BYTES === 0 &&
    Number.isInteger(found.arena) &&
    found.arena >= 0 &&
    Array.isArray(found.constants) &&
    found.constants.every(Number.isInteger) &&
    Array.isArray(found.kernels) &&
    found.kernels.every(
      ({ name, params, result, hidden = [] }) =>
        typeof name === "string" && areTypes(params, result) && areArrays(params, hidden),
    );
  if (!isSound) throw new CompileError(`${label} has a broken "allcores" section`);
  return found;
}

function areArrays(params: readonly KernelParameter[], places: readonly number[]): boolean {
  return Array.isArray(places) && places.every((place) => arrayType(params[place]?.type ?? "") !== undefined);
}

function areTypes(params: readonly KernelParameter[], result: string): boolean {
  const isNumber = (type: string) => NUMBER_TYPES.includes(type);
  return (
    Array.isArray(params) &&
    params.every(({ type }) => isNumber(type) || arrayType(type) !== undefined) &&
    (result === "void" || isNumber(result))
  );
}
