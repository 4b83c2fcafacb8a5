/// <reference path="../../../types/webassembly.d.ts" />
/** The bare kernel: what a computation asks of its executor, done by a plain loop over the Wasm export, without the kit. */
import { readFile } from "node:fs/promises";
import * as wasm from "allcores";
import { OwnTime } from "allcores/bench";
import type { BareWork } from "../../works.js";

const PAGE = 65536;
const pages = (bytes: number) => Math.ceil(bytes / PAGE);

/** A job whose arguments are a list. */
type ListJob = Required<wasm.Job> & { readonly args: readonly unknown[] };

/** The job that a work gives to its executor. */
async function jobOf(work: BareWork): Promise<ListJob> {
  let seen: wasm.Job | undefined;
  const run = (job: wasm.Job) => {
    seen = job;
    return Promise.resolve(0n);
  };
  using scope = wasm.heap.scope();
  await work.run(wasm, { run } as unknown as wasm.Executor, scope.int32(work.outputLength ?? 0));
  return { args: [], scratch: 0, ...seen } as ListJob;
}

/**
 * The same work on an instance and a memory of its own: one call of the kernel a chunk, as the plan has them.
 * @returns what does it, and brings the digest of its memory
 */
export async function bareCall(work: BareWork): Promise<() => OwnTime> {
  const { kernel, n, grain, args, scratch } = await jobOf(work);
  // Memory: a page of nothing, the scratch bytes, then the output.
  const outputAt = PAGE * (1 + pages(scratch));
  const output = args.find((arg) => arg instanceof Int32Array);
  const initial = pages(outputAt + (output?.byteLength ?? 0));
  const memory = new WebAssembly.Memory({ initial, maximum: 65535, shared: true });
  const module = await WebAssembly.compile(await readFile(new URL(kernel.source as string)));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const range = exports[kernel.name] as (begin: number, end: number, ...args: unknown[]) => number | undefined;
  const placed = args.map((arg) => (arg === output ? outputAt : arg));
  if (scratch > 0) placed.push(PAGE);
  // What comes out is looked at once: that takes longer than the work.
  let answer: unknown;
  return () => {
    const started = performance.now();
    let sum = 0;
    for (let begin = 0; begin < n; begin += grain) sum += range(begin, Math.min(begin + grain, n), ...placed) ?? 0;
    const ms = performance.now() - started;
    answer ??= output ? work.digest?.(new Int32Array(memory.buffer, outputAt, output.length)) : sum;
    return new OwnTime(ms, answer);
  };
}
