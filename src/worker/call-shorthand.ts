/**
 * A plain call of a process as a short message: the kernel by a number, once the process has had it in a whole one. A whole
 * one costs 15 us more, to write it and to read it. Both sides number the kernels in the order of the whole messages.
 */
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import type { BegunPlace, PlainCall, ProcessJob, ProcessTask } from "./process-messages.js";

/** With its mark, as all messages of ours. */
export interface ShortCall {
  readonly allcores: "call";
  readonly kernel: number;
  readonly values: readonly unknown[];
  /** Of the task's place: its file is that of the kernel's first call. */
  readonly at: number;
  readonly value: number;
}

type Known = PlainCall & { readonly begun: BegunPlace };

/** One side's view of the calls of one process. */
export class CallShorthand {
  readonly #numbers = new Map<string, number>();
  readonly #calls: Known[] = [];

  /** The process gets this task as a whole: from now on it knows the kernel. */
  learn(task: ProcessTask): void {
    if (!isKnowable(task)) return;
    const key = keyOf(task.job);
    if (this.#numbers.has(key)) return;
    this.#numbers.set(key, this.#calls.length);
    this.#calls.push(task);
  }

  /** @returns undefined where there is none */
  write(task: ProcessTask): ShortCall | undefined {
    if (!isKnowable(task)) return undefined;
    const { begun, job } = task;
    const kernel = this.#numbers.get(keyOf(job));
    if (kernel === undefined) return undefined;
    return { allcores: "call", kernel, values: job.wire.values, at: begun.at, value: begun.value };
  }

  read({ kernel, values, at, value }: ShortCall): ProcessTask {
    const { begun, job } = this.#calls[kernel] as Known;
    return { kind: "plain", begun: { ...begun, at, value }, job: { ...job, wire: { ...job.wire, values } } };
  }
}

function isKnowable(task: ProcessTask): task is Known {
  return task.kind === "plain" && task.begun !== undefined;
}

function keyOf({ wire: { kernel } }: ProcessJob): string {
  return kernelKey(kernel as WireKernel);
}
