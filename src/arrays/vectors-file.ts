/**
 * Files of `Vectors`, little-endian:
 *
 *   0    "allcores.vectors" | uint32: version 1, dim, metric (0 dot, 1 cosine, 2 l2), type (0 float32, 1 int8), rows | 0
 *   40   float64: the next id
 *   64   uint32 ids, ascending | float32 scales, of int8 alone | the rows
 */
import { UnsupportedError } from "../errors.js";
import { bytesOf, fill } from "../memory/load.js";
import type { Reading, Source, Target } from "../memory/places.js";
import { writeArray } from "../memory/save.js";
import { openSource } from "../memory/source.js";
import type { RunOptions } from "../run-options.js";
import { METRICS, type Metric } from "./nearest.js";
import { type RowType, Table } from "./vectors-table.js";

const MAGIC = "allcores.vectors";
const HEADER = 64;
const VERSION = 1;
const TYPES: readonly RowType[] = ["float32", "int8"];

/** Writes a table that has no removed rows. */
export function writeTable(target: Target, table: Table, metric: Metric, options: RunOptions): Promise<void> {
  const { dim, type, size, ids, scales, nextId } = table;
  const head = Buffer.alloc(HEADER + ids.byteLength + (scales?.byteLength ?? 0));
  head.write(MAGIC, "latin1");
  const words = [VERSION, dim, METRICS.indexOf(metric), TYPES.indexOf(type), size];
  for (const [i, word] of words.entries()) head.writeUInt32LE(word, MAGIC.length + 4 * i);
  head.writeDoubleLE(nextId, 40);
  head.set(bytesOf(ids), HEADER);
  if (scales) head.set(bytesOf(scales), HEADER + ids.byteLength);
  return writeArray(target, table.data, options, head);
}

/** Reads a table, but for which rows are present, and their squares. @throws RangeError, UnsupportedError */
export async function readTable(source: Source, options: RunOptions): Promise<{ table: Table; metric: Metric }> {
  const reading = await openSource(source, 0, options.signal);
  try {
    const { dim, metric, type, size, nextId } = headerOf(await headOf(reading, options));
    const rowBytes = dim * (type === "int8" ? 1 : 4);
    const bytes = size * (rowBytes + (type === "int8" ? 8 : 4));
    if (reading.bytes !== undefined && reading.bytes !== HEADER + bytes)
      throw new RangeError(`the file must have ${HEADER + bytes} bytes for ${size} rows, got ${reading.bytes}`);
    const table = new Table(dim, type, metric, size);
    try {
      table.used = size;
      table.nextId = nextId;
      for (const part of [table.ids, table.scales, table.data]) {
        if (part && (await fill(reading, bytesOf(part), options, () => {})) < part.byteLength)
          throw new RangeError(`the file ends early: it is to have ${size} rows of ${dim} numbers`);
      }
      options.onProgress?.({ done: size, total: size });
      return { table, metric };
    } catch (error) {
      table.free();
      throw error;
    }
  } finally {
    await reading.close();
  }
}

async function headOf(reading: Reading, options: RunOptions): Promise<Buffer> {
  const head = Buffer.alloc(HEADER);
  const count = await fill(reading, head, options, () => {});
  if (head.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new RangeError(`the source is no file of Vectors: it does not begin with ${MAGIC}`);
  if (count < HEADER) throw new RangeError("the source is no file of Vectors: it ends within the header");
  return head;
}

function headerOf(head: Buffer) {
  const [version, dim = 0, metricAt = 0, typeAt = 0, size = 0] = [0, 1, 2, 3, 4].map((i) =>
    head.readUInt32LE(MAGIC.length + 4 * i),
  );
  if (version !== VERSION) throw new UnsupportedError(`the file is of version ${version}; read is ${VERSION}`);
  const [metric, type, nextId] = [METRICS[metricAt], TYPES[typeAt], head.readDoubleLE(40)];
  const isValid = dim >= 1 && dim <= 2 ** 24 && Number.isInteger(nextId) && nextId >= size && nextId <= 2 ** 32;
  if (!metric || !type || !isValid)
    throw new RangeError(
      `the file is damaged: its header has dim ${dim}, metric ${metricAt}, type ${typeAt}, ${size} rows, next id ${nextId}`,
    );
  return { dim, metric, type, size, nextId };
}
