/**
 * A shared task and its reply as a few numbers on shared memory, in place of messages: each of these is cloned, 5 us to
 * write and as much to read.
 *
 * A task has a shorthand if its values are numbers and the worker has had its kernel by message before: both sides number
 * the kernels in the order of these messages. A reply has one if it brings only numbers.
 */
import type { PlacedArray } from "../job/array-argument.js";
import type { ChunkValues } from "../job/partials.js";
import type { Range } from "../job/range.js";
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import { ARRAY_TYPES, type ElementType } from "../memory/elements.js";
import type { SharedReply, SharedTask } from "./shared-job.js";
import type { StepsTask } from "./step-table.js";

const TYPES = Object.keys(ARRAY_TYPES) as ElementType[];
const PARTIALS: readonly Range["partial"][] = ["none", "sum", "value"];
const STATES: readonly SharedReply["state"][] = ["done", "yielded"];
/** Stands for what is not there, where a number is 0 or more. */
const NONE = -1;

/** Writes numbers one after the other, while there is room. */
class Pen {
  #at = 0;

  constructor(private readonly numbers: Float64Array) {}

  get room(): number {
    return this.numbers.length - this.#at;
  }

  /** Whether all has found room. */
  get fits(): boolean {
    return this.#at <= this.numbers.length;
  }

  write(number: number): void {
    this.numbers[this.#at++] = number;
  }

  list(numbers: readonly number[]): void {
    this.write(numbers.length);
    for (const number of numbers) this.write(number);
  }

  span(span: readonly [begin: number, end: number] | undefined): void {
    this.write(span ? span[0] : NONE);
    this.write(span ? span[1] : NONE);
  }
}

/** Reads them in the same order. */
class Reader {
  #at = 0;

  constructor(private readonly numbers: Float64Array) {}

  next(): number {
    return this.numbers[this.#at++] as number;
  }

  /** As many of the next numbers as the first of them says. */
  list(length = this.next()): number[] {
    const list: number[] = [];
    while (list.length < length) list.push(this.next());
    return list;
  }

  /** The next two, [begin, end). */
  span(): readonly [begin: number, end: number] | undefined {
    const span = [this.next(), this.next()] as const;
    return span[0] === NONE ? undefined : span;
  }
}

/** One side's view of the tasks of one worker. */
export class TaskShorthand {
  readonly #numbers = new Map<string, number>();
  readonly #kernels: WireKernel[] = [];

  /** The worker has read the task from a message: from now on it knows the kernel. */
  learn({ job, steps }: SharedTask): void {
    for (const kernel of steps?.kernels ?? [job.kernel]) {
      const key = kernelKey(kernel);
      if (this.#numbers.has(key)) continue;
      this.#numbers.set(key, this.#kernels.length);
      this.#kernels.push(kernel);
    }
  }

  /** @returns whether the task has a shorthand; otherwise it must be sent as a message */
  writeTask(task: SharedTask, numbers: Float64Array): boolean {
    if (task.steps) return this.#writeSteps(task, task.steps, new Pen(numbers));
    const { kernel, range, scratch, values, arrays } = task.job;
    const number = this.#numbers.get(kernelKey(kernel));
    if (number === undefined || !areNumbers(values) || task.tree) return false;
    if (values.length + 4 * arrays.length > numbers.length) return false;
    const pen = new Pen(numbers);
    pen.write(number);
    pen.write(scratch);
    pen.write(task.control);
    pen.write(task.slots);
    pen.write(task.slot);
    pen.write(task.chunks);
    pen.write(task.scratch);
    pen.write(task.waiting);
    pen.write(task.next);
    pen.span(task.remainder);
    pen.list(values);
    pen.write(range?.n ?? NONE);
    if (range) {
      pen.write(range.from ?? 0);
      pen.write(range.grain);
      pen.write(PARTIALS.indexOf(range.partial));
    }
    pen.write(task.arenas?.job ?? NONE);
    if (task.arenas) {
      const { pointer, count, bytes } = task.arenas.table;
      pen.write(pointer);
      pen.write(count);
      pen.write(bytes);
    }
    pen.write(arrays.length);
    for (const { index, type, pointer, length } of arrays) {
      pen.write(index);
      pen.write(TYPES.indexOf(type));
      pen.write(pointer);
      pen.write(length);
    }
    return pen.fits;
  }

  #writeSteps(task: SharedTask, { kernels, objects, table, numbers }: StepsTask, pen: Pen): boolean {
    const known = kernels.map((kernel) => this.#numbers.get(kernelKey(kernel)) ?? NONE);
    if (objects.length > 0 || known.includes(NONE) || known.length > pen.room) return false;
    pen.write(NONE);
    pen.write(task.control);
    pen.write(task.slots);
    pen.write(task.slot);
    pen.write(task.waiting);
    pen.write(task.next);
    pen.span(task.remainder);
    pen.write(table);
    pen.write(numbers);
    pen.list(known);
    return pen.fits;
  }

  #readSteps(from: Reader): SharedTask {
    const task = {
      control: from.next(),
      slots: from.next(),
      slot: from.next(),
      waiting: from.next(),
      next: from.next(),
    };
    const remainder = from.span();
    const [table, numbers] = [from.next(), from.next()];
    const kernels = from.list().map((number) => this.#kernels[number] as WireKernel);
    const job = { kernel: kernels[0] as WireKernel, range: undefined, scratch: 0, values: [], arrays: [] };
    return { ...task, job, chunks: 0, scratch: 0, remainder, steps: { table, numbers, kernels, objects: [] } };
  }

  readTask(numbers: Float64Array): SharedTask {
    const from = new Reader(numbers);
    const number = from.next();
    if (number === NONE) return this.#readSteps(from);
    const kernel = this.#kernels[number] as WireKernel;
    const scratch = from.next();
    const task = {
      control: from.next(),
      slots: from.next(),
      slot: from.next(),
      chunks: from.next(),
      scratch: from.next(),
      waiting: from.next(),
      next: from.next(),
    };
    const remainder = from.span();
    const values = from.list();
    const n = from.next();
    const range =
      n === NONE
        ? undefined
        : { n, from: from.next(), grain: from.next(), partial: PARTIALS[from.next()] as Range["partial"] };
    const job = from.next();
    const arenas =
      job === NONE ? undefined : { job, table: { pointer: from.next(), count: from.next(), bytes: from.next() } };
    const arrays: PlacedArray[] = [];
    for (let left = from.next(); left > 0; left--)
      arrays.push({
        index: from.next(),
        type: TYPES[from.next()] as ElementType,
        pointer: from.next(),
        length: from.next(),
      });
    return { ...task, job: { kernel, range, scratch, values, arrays }, remainder, arenas };
  }

  readReply(numbers: Float64Array): SharedReply {
    const from = new Reader(numbers);
    const state = STATES[from.next()] as SharedReply["state"];
    const sum = BigInt(from.next());
    const [items, ms] = [from.next(), from.next()];
    const remainder = from.span();
    const chunks: ChunkValues[] = [];
    for (let left = from.next(); left > 0; left--) {
      const first = from.next();
      const count = from.next();
      chunks.push({ first, values: count === NONE ? [undefined] : from.list(count) });
    }
    const work = from.list();
    return { state, sum, chunks, items, ms, remainder, work };
  }
}

/** @returns whether the reply has a shorthand; otherwise it must be sent as a message */
export function writeReply(reply: SharedReply, numbers: Float64Array): boolean {
  const { state, sum, chunks, failure, remainder, items, ms, work = [] } = reply;
  const total = Number(sum);
  if (failure || !Number.isSafeInteger(total)) return false;
  const pen = new Pen(numbers);
  pen.write(STATES.indexOf(state));
  pen.write(total);
  pen.write(items);
  pen.write(ms);
  pen.span(remainder);
  pen.write(chunks.length);
  for (const { first, values } of chunks) {
    if (values.length > numbers.length) return false;
    pen.write(first);
    if (areNumbers(values)) pen.list(values);
    else if (values.length === 1 && values[0] === undefined) pen.write(NONE);
    else return false;
    if (!pen.fits) return false;
  }
  if (work.length > numbers.length) return false;
  pen.list(work);
  return pen.fits;
}

function areNumbers(values: readonly unknown[]): values is readonly number[] {
  return values.every((value) => typeof value === "number");
}
