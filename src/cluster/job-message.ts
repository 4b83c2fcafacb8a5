/** A job as workers of a cluster get it: plain data without places in anybody's memory, checked before it is used. */
import { createHash } from "node:crypto";
import type { ElementRanges } from "../job/array-argument.js";
import type { Range } from "../job/range.js";
import type { Role } from "../job/roles.js";
import { NUMBER_JOINS, type NumberJoin, type WireAccumulation } from "../job/wire-job.js";
import { ARRAY_TYPES, type ElementType } from "../memory/elements.js";
import { oneOf, optionsObject, wholeNumber } from "../validate.js";
import { decode, encode, MessageError } from "./message.js";

/** A kernel, by the content of its file. */
export interface KernelName {
  readonly language: "js" | "wasm";
  readonly name: string;
  /** SHA-256 of its module, in hexadecimal digits. */
  readonly hash: string;
  /** How messages call it. */
  readonly label: string;
}

/** An array argument. */
export interface SentArray {
  readonly index: number;
  readonly name?: string | undefined;
  readonly type: ElementType;
  readonly length: number;
  readonly role: Role | undefined;
  readonly elements: ElementRanges | undefined;
  /** Equal for arguments that are the same memory, and for no others. */
  readonly memory: number;
  /** SHA-256 of its content; undefined where it is not carried in. */
  readonly content: string | undefined;
}

/** Accumulators, and how workers join those of a claim. */
export interface SentAccumulation extends Omit<WireAccumulation, "combine" | "out"> {
  readonly combine: NumberJoin | KernelName;
}

export interface JobMessage {
  /** Of allcores. */
  readonly version: string;
  readonly kernel: KernelName;
  readonly range: Range | undefined;
  readonly values: readonly unknown[];
  readonly arrays: readonly SentArray[];
  /** Bytes. */
  readonly scratch: number;
  readonly accumulation?: SentAccumulation | undefined;
  /** Whether results stay where they are until the run ends, for a coordinator that is restarted. */
  readonly isKept: boolean;
}

/** The place of what a claim's accumulators came to among its parts: behind all arguments. */
export function indexOfAccumulators({
  values,
  arrays,
}: Pick<JobMessage, "values"> & { arrays: readonly unknown[] }): number {
  return values.length + arrays.length;
}

/** SHA-256 in hexadecimal digits. */
export function hashOf(...contents: (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex");
}

/** What two jobs have in common that are the same: not how messages call their kernel, which may lie elsewhere. */
export function fingerprintOf({ kernel, accumulation, ...job }: JobMessage): string {
  const combine = accumulation?.combine;
  const joins = accumulation && {
    accumulation: { ...accumulation, combine: typeof combine === "object" ? { ...combine, label: "" } : combine },
  };
  return hashOf(encode("job", "", { ...job, kernel: { ...kernel, label: "" }, ...joins }));
}

/** @throws MessageError for what is no job */
export function decodeJob(about: string, bytes: Uint8Array): JobMessage {
  try {
    return checkedJob(decode("job", about, bytes).value as JobMessage);
  } catch (cause) {
    if (cause instanceof MessageError) throw cause;
    throw new MessageError(`not a job: ${(cause as Error).message}`, { cause });
  }
}

const MAX = Number.MAX_SAFE_INTEGER;
const HASH = /^[0-9a-f]{64}$/;
const TEXT = /^[\s\S]{1,2000}$/;

function checkedJob(job: JobMessage): JobMessage {
  optionsObject("job", job);
  const { kernel, range, values, arrays, scratch } = job;
  checkKernelName(kernel);
  checkText(job.version, TEXT);
  if (range !== undefined) {
    optionsObject("range", range);
    wholeNumber("n", range.n, 1, MAX);
    wholeNumber("grain", range.grain, 1, MAX);
    oneOf("partial", range.partial, ["none", "sum", "value", "array"]);
    if (range.call !== undefined) wholeNumber("call", range.call, 1, MAX);
    if ((range.partial === "array") !== (job.accumulation !== undefined)) throw new TypeError("no accumulators");
  }
  if (job.accumulation) checkAccumulation(job.accumulation);
  if (!Array.isArray(values) || !Array.isArray(arrays)) throw new TypeError("no lists of arguments");
  wholeNumber("scratch", scratch, 0, 2 ** 31);
  if (typeof job.isKept !== "boolean") throw new TypeError("isKept is missing");
  for (const array of arrays) checkArray(array, values.length + arrays.length);
  return job;
}

function checkKernelName(kernel: KernelName): void {
  optionsObject("kernel", kernel);
  oneOf("language", kernel.language, ["js", "wasm"]);
  for (const text of [kernel.name, kernel.label]) checkText(text, TEXT);
  checkText(kernel.hash, HASH);
}

function checkAccumulation({ type, length, identity, combine, chunks }: SentAccumulation): void {
  oneOf("type", type, Object.keys(ARRAY_TYPES) as ElementType[]);
  wholeNumber("length", length, 0, MAX);
  wholeNumber("chunks", chunks, 1, MAX);
  if (typeof identity !== (type.endsWith("int64") ? "bigint" : "number")) throw new TypeError("no identity");
  if (typeof combine === "string") oneOf("combine", combine, NUMBER_JOINS);
  else checkKernelName(combine);
}

function checkArray(array: SentArray, args: number): void {
  optionsObject("array", array);
  const { index, type, length, role, elements, memory, content } = array;
  wholeNumber("index", index, 0, args - 1);
  oneOf("type", type, Object.keys(ARRAY_TYPES) as ElementType[]);
  wholeNumber("length", length, 0, MAX);
  wholeNumber("memory", memory, 0, args);
  if (role !== undefined) oneOf("role", role, ["in", "out", "inout"]);
  if (content !== undefined) checkText(content, HASH);
  if (elements === undefined) return;
  optionsObject("elements", elements);
  for (const key of ["itemsPerRow", "rowLength", "itemLength"] as const) wholeNumber(key, elements[key], 1, MAX);
  wholeNumber("end", elements.end, 0, length);
}

function checkText(value: unknown, form: RegExp): void {
  if (typeof value !== "string" || !form.test(value)) throw new TypeError("a text is missing, or has another form");
}
