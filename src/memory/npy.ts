/**
 * NumPy's files of one array: a magic word, a header that is a Python dict, and the elements
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
import { UnsupportedError } from "../errors.js";
import { checkRunOptions, type RunOptions } from "../run-options.js";
import { knownOptions, show, wholeNumber } from "../validate.js";
import { type AnyArray, type ElementType, elementType, type HeapArray } from "./elements.js";
import { allocateArray, freeArray, isOnHeap } from "./heap.js";
import { bytesOf, fill, pinned, progressOf } from "./load.js";
import type { Reading, Source, Target } from "./places.js";
import { writeArray } from "./save.js";
import { openSource } from "./source.js";

const MAGIC = [0x93, ...Buffer.from("NUMPY")];
/** By the names that NumPy has for the heap's types. */
const DTYPES: Readonly<Record<string, ElementType>> = {
  "<f8": "float64",
  "<f4": "float32",
  "<i8": "int64",
  "<u8": "uint64",
  "<i4": "int32",
  "<u4": "uint32",
  "<i2": "int16",
  "<u2": "uint16",
  "|i1": "int8",
  "|u1": "uint8",
};
const WHOLE_HEADER = 64;

/**
 * Reads a `.npy` file of NumPy: C order, little-endian, of the heap's types.
 * @param source as of `heap.load`
 * @returns the elements, on the heap (`heap.free(data)`), and the array's shape. Rejects with an UnsupportedError that names
 *   the dtype or the order, a RangeError for what is no such file or ends early, a MemoryError, or the signal's reason
 */
export async function loadNpy(source: Source, options: RunOptions = {}): Promise<{ data: HeapArray; shape: number[] }> {
  checkRunOptions(options);
  knownOptions(options, ["signal", "onProgress"]);
  options.signal?.throwIfAborted();
  const reading = await openSource(source, 0, options.signal);
  try {
    const { type, shape } = await readHeader(reading, options);
    const length = shape.reduce((product, size) => product * size, 1);
    const data = allocateArray(type, length, false);
    try {
      const tell = progressOf(options, length);
      const bytes = await fill(reading, bytesOf(data), options, (done) => tell(done / data.BYTES_PER_ELEMENT));
      if (bytes < data.byteLength)
        throw new RangeError(`the file ends early: of ${data.byteLength} bytes of elements it has ${bytes}`);
      tell(length);
      return { data, shape };
    } catch (error) {
      freeArray(data);
      throw error;
    }
  } finally {
    await reading.close();
  }
}

async function take(reading: Reading, count: number, options: RunOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  if ((await fill(reading, bytes, options, () => {})) === count) return bytes;
  throw new RangeError("the source is no .npy file: it ends within the header");
}

async function readHeader(reading: Reading, options: RunOptions): Promise<{ type: ElementType; shape: number[] }> {
  const start = await take(reading, 8, options);
  if (MAGIC.some((byte, i) => start[i] !== byte))
    throw new RangeError("the source is no .npy file: it does not begin with \\x93NUMPY");
  const sizeBytes = start[6] === 1 ? 2 : 4;
  const size = (await take(reading, sizeBytes, options)).reduceRight((sum, byte) => sum * 256 + byte, 0);
  if (size > 2 ** 20) throw new RangeError(`the source is no .npy file: its header has ${size} bytes`);
  const header = Buffer.from(await take(reading, size, options)).toString("latin1");
  const descr = /'descr':\s*('[^']*'|\[.*\])/.exec(header)?.[1];
  const isFortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d\s,L]*)\)/.exec(header)?.[1];
  if (descr === undefined || isFortran === undefined || sizes === undefined)
    throw new RangeError(`the source is no .npy file: its header is ${show(header.trim())}`);
  const shape = sizes.split(",").flatMap((one) => (one.trim() ? [Number.parseInt(one, 10)] : []));
  const type = DTYPES[descr.slice(1, -1)];
  if (!type) {
    const known = Object.keys(DTYPES).join(", ");
    throw new UnsupportedError(`the file has elements of dtype ${descr}; read are ${known}`);
  }
  if (isFortran === "True" && shape.length > 1)
    throw new UnsupportedError(
      "the file is in Fortran order, columns first; read are files in C order: np.ascontiguousarray",
    );
  return { type, shape };
}

/**
 * Writes a `.npy` file, which NumPy's `load` reads.
 * @param target as of `heap.save`
 * @param data an array on the heap or an ordinary one
 * @param options.shape default: one dimension
 * @returns rejects with a TypeError or RangeError that names the argument, the error of the file or stream, or the signal's reason
 */
export async function saveNpy(
  target: Target,
  data: AnyArray,
  options: RunOptions & { readonly shape?: readonly number[] | undefined } = {},
): Promise<void> {
  checkRunOptions(options);
  knownOptions(options, ["signal", "onProgress", "shape"]);
  const found = elementType(data);
  const dtype = Object.keys(DTYPES).find((name) => DTYPES[name] === found);
  if (!dtype) throw new TypeError(`data must be a typed array of numbers or bigints, got ${show(data)}`);
  const head = headerOf(dtype, checkedShape(options.shape ?? [data.length], data.length));
  const unpin = isOnHeap(data) ? pinned("data", found, data as HeapArray) : undefined;
  try {
    await writeArray(target, data, options, head);
  } finally {
    unpin?.();
  }
}

function checkedShape(shape: unknown, length: number): readonly number[] {
  if (!Array.isArray(shape)) throw new TypeError(`shape must be an array of sizes, got ${show(shape)}`);
  for (const [i, size] of shape.entries()) wholeNumber(`shape[${i}]`, size, 0, Number.MAX_SAFE_INTEGER);
  const product = shape.reduce((all: number, size: number) => all * size, 1);
  if (product !== length)
    throw new RangeError(
      `shape must have a product of ${length}, as data has elements, got ${shape.join(" x ")} = ${product}`,
    );
  return shape;
}

/** NumPy's own layout of version 1.0: the elements begin at a multiple of 64. */
function headerOf(dtype: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((MAGIC.length + 4 + dict.length + 1) / WHOLE_HEADER) * WHOLE_HEADER;
  const text = `${dict.padEnd(length - MAGIC.length - 5)}\n`;
  return Buffer.from([...MAGIC, 1, 0, text.length & 255, text.length >> 8, ...Buffer.from(text, "latin1")]);
}
