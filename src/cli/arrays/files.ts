/** Files of numbers, as commands take them: `.npy`, and raw little-endian elements, whose type the ending names. */
import { PassThrough } from "node:stream";
import type { ElementType, HeapArray } from "allcores";
import type { Command } from "commander";
import { fileName } from "../parse.js";
import type { Content } from "../replace-file.js";

const RAW: Readonly<Record<string, ElementType>> = {
  ".f64": "float64",
  ".f32": "float32",
  ".i64": "int64",
  ".u64": "uint64",
  ".i32": "int32",
  ".u32": "uint32",
  ".i16": "int16",
  ".u16": "uint16",
  ".i8": "int8",
  ".u8": "uint8",
};
const ENDINGS = [".npy", ...Object.keys(RAW)];

/** A reader of such names. */
export const arrayFile = fileName(...ENDINGS);

const rawType = (path: string) => RAW[path.slice(path.lastIndexOf(".")).toLowerCase()];

/** What is in a file. */
export interface Loaded {
  /** On the heap, until the process ends. */
  readonly data: HeapArray;
  /** Undefined for raw elements. */
  readonly shape: readonly number[] | undefined;
}

/** @throws Error that names the file */
export async function loadFile(path: string, signal: AbortSignal): Promise<Loaded> {
  const [{ heap }, { loadNpy }] = await Promise.all([import("allcores"), import("allcores/arrays")]);
  const type = rawType(path);
  try {
    if (!type) return await loadNpy(path, { signal });
    return { data: await heap.load(path, type, { signal }), shape: undefined };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(`can't read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Refuses to write elements of a type into a raw file of another one. */
export function checkEnding(path: string, data: HeapArray, command: Command): void {
  const type = rawType(path);
  const found = Object.keys(RAW).find((ending) => heapType(data) === RAW[ending]);
  if (type && type !== heapType(data))
    command.error(`option '-o, --output <file>' argument '${path}' must end in .npy or ${found}, as the numbers are`);
}

/** The heap's name of an array's elements. */
export function heapType(data: HeapArray): ElementType {
  return data.constructor.name
    .replace(/^Big/, "")
    .replace(/Array$/, "")
    .toLowerCase() as ElementType;
}

/** A file's content, for `replaceFile`. */
export async function contentOf(
  path: string,
  data: HeapArray,
  { shape }: Loaded,
  signal: AbortSignal,
): Promise<Content> {
  const [{ heap }, { saveNpy }] = await Promise.all([import("allcores"), import("allcores/arrays")]);
  const pipe = new PassThrough();
  const saving = rawType(path) ? heap.save(pipe, data, { signal }) : saveNpy(pipe, data as never, { signal, shape });
  saving.then(
    () => pipe.end(),
    (error: Error) => pipe.destroy(error),
  );
  return pipe;
}
