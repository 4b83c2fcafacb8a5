/// <reference path="../../types/webassembly.d.ts" />
/** The bare kernel: what a computation asks of its executor, done by a plain loop over the Wasm export, without the kit. */
import { readFile } from "node:fs/promises";
import type { Executor, Job } from "allcores";
import { checksum } from "../native.js";

const PAGE = 65536;
const pages = (bytes: number) => Math.ceil(bytes / PAGE);

/** The job that a computation gives to its executor. */
async function jobOf(compute: (executor: Executor) => Promise<unknown>): Promise<Required<Job>> {
  let seen: Job | undefined;
  const run = (job: Job) => {
    seen = job;
    return Promise.resolve(0n);
  };
  await compute({ run } as unknown as Executor);
  return { args: [], scratch: 0, ...seen } as Required<Job>;
}

/**
 * The same computation on an instance and a memory of its own: one call of the kernel a chunk, as the plan has them.
 * @returns what does it; that returns what came out, as `Work.run` does
 */
export async function bareCall(compute: (executor: Executor) => Promise<unknown>): Promise<() => () => string> {
  const { kernel, n, grain, args, scratch } = await jobOf(compute);
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
  return () => {
    let sum = 0;
    for (let begin = 0; begin < n; begin += grain) sum += range(begin, Math.min(begin + grain, n), ...placed) ?? 0;
    return () => (output ? checksum(new Int32Array(memory.buffer, outputAt, output.length)) : String(sum));
  };
}
