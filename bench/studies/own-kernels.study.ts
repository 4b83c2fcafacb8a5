/** Kernels of one's own: compiling them, saxpy against C, an empty dispatch, and the examples on two workers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { AsyncExecutor, heap, SerialExecutor, ThreadExecutor } from "allcores";
import type { CompareOptions } from "allcores/bench";
import { compileKernels } from "allcores/compile";
import { quantile } from "../../dist/bench/statistics.js";

const FLOATS = 1e7;
const SOURCE = `import { Ptr } from "allcores/assembly";
export function plain(begin: i32, end: i32, a: f32, x: Ptr<f32>, y: Ptr<f32>): void {
  for (let i = begin; i < end; i++) y[i] = a * x[i] + y[i];
}
export function four(begin: i32, end: i32, a: f32, x: Ptr<f32>, y: Ptr<f32>): void {
  const factor = f32x4.splat(a);
  let i = begin;
  for (; i + 4 <= end; i += 4)
    v128.store(y.at(i), f32x4.add(f32x4.mul(factor, v128.load(x.at(i))), v128.load(y.at(i))));
  for (; i < end; i++) y[i] = a * x[i] + y[i];
}
export function empty(begin: i32, end: i32): void {}
`;
/** Prints the median ms of 200 calls. */
const PEER = `#include <stdio.h>
#include <stdlib.h>
#include <time.h>
__attribute__((noinline)) void saxpy(int n, float a, const float *restrict x, float *restrict y) {
  for (int i = 0; i < n; i++) y[i] = a * x[i] + y[i];
}
static int order(const void *a, const void *b) { return *(double *)a < *(double *)b ? -1 : 1; }
int main(void) {
  int n = ${FLOATS};
  float *x = aligned_alloc(64, n * 4L), *y = aligned_alloc(64, n * 4L);
  for (int i = 0; i < n; i++) x[i] = i % 7, y[i] = i % 5;
  double ms[200];
  for (int k = 0; k < 200; k++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    saxpy(n, 1e-3f, x, y);
    clock_gettime(CLOCK_MONOTONIC, &b);
    ms[k] = (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6;
  }
  qsort(ms, 200, 8, order);
  printf("%f %f", ms[100], y[5]);
}
`;

const median = (ms: readonly number[]) => quantile(ms, 0.5);

function show(name: string, ...figures: string[]): void {
  console.log(`  ${name.padEnd(40)} ${figures.join("  ")}`);
}

async function time(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

/** A file that was never compiled, with another number in it each time. */
function fileIn(folder: string, i: number): URL {
  const path = join(folder, `kernels${i}.ts`);
  writeFileSync(path, SOURCE.replace("a * x[i] + y[i]", `a * x[i] + y[i] * ${i + 1}`));
  return pathToFileURL(path);
}

async function compiling(folder: string): Promise<void> {
  console.log("\ncompileKernels, ms");
  const ms: number[] = [];
  for (let i = 0; i < 5; i++) {
    const file = fileIn(folder, i);
    ms.push(await time(() => compileKernels(file, { cache: false })));
    await delay(1500); // as somebody who edits
  }
  show("the first file, and the next four", ms.map((one) => one.toFixed(0)).join(", "));
  const again = `import { compileKernels } from "allcores/compile"; const t = performance.now();
    await compileKernels(${JSON.stringify(fileIn(folder, 9).href)}); console.log(performance.now() - t);`;
  const env = { ...process.env, ALLCORES_CACHE: join(folder, "cache") };
  const process_ = () =>
    Number(
      execFileSync(process.execPath, ["--input-type=module", "-e", again], {
        cwd: new URL("../..", import.meta.url),
        encoding: "utf8",
        env,
      }),
    );
  show("in a process of its own, then from disk", [1, 2, 3].map(() => process_().toFixed(1)).join(", "));
}

/** The median ms of the same in C, if there is a compiler. */
function inC(folder: string, ...flags: string[]): number | undefined {
  try {
    writeFileSync(join(folder, "saxpy.c"), PEER);
    execFileSync("gcc", ["-O3", "-msse4", ...flags, "-o", "saxpy", "saxpy.c"], { cwd: folder, stdio: "ignore" });
    return Number.parseFloat(execFileSync(join(folder, "saxpy"), { encoding: "utf8" }));
  } catch {
    return undefined;
  }
}

async function saxpy(folder: string, executor: SerialExecutor): Promise<void> {
  console.log(`\nsaxpy over ${FLOATS} floats on one core, median ms of three rounds`);
  const kernels = await compileKernels<
    Record<"plain" | "four", (begin: number, end: number, ...args: never[]) => void>
  >(fileIn(folder, 0));
  const [x, y] = [heap.float32(FLOATS).fill(3), heap.float32(FLOATS).fill(2)];
  const args = [1e-3, x, y] as never[];
  const rows: Record<string, number[]> = {};
  const add = (name: string, ms: number | undefined) => {
    rows[name] ??= [];
    if (ms !== undefined) rows[name].push(ms);
  };
  for (let round = 0; round < 3; round++) {
    add("C, gcc -O3 -msse4", inC(folder));
    add("C without vectors", inC(folder, "-fno-tree-vectorize"));
    for (const name of ["plain", "four"] as const) {
      const ms: number[] = [];
      for (let i = 0; i < 60; i++) ms.push(await time(() => executor.parallelFor(kernels[name], FLOATS, args)));
      add(`${name}, parallelFor`, median(ms.slice(10)));
    }
  }
  for (const [name, ms] of Object.entries(rows)) show(name, ms.length > 0 ? median(ms).toFixed(2) : "no gcc");
  for (const array of [x, y]) heap.free(array);
}

async function dispatching(folder: string): Promise<void> {
  console.log("\nan empty kernel over 1e6 items, ms: median, p10, p90 of 2,500 calls");
  const { empty } = await compileKernels<{ empty(begin: number, end: number): void }>(fileIn(folder, 0));
  for (const executor of [new SerialExecutor(), new AsyncExecutor(), new ThreadExecutor()]) {
    await executor.ready();
    const ms: number[] = [];
    for (let i = 0; i < 3000; i++) ms.push(await time(() => executor.parallelFor(empty, 1e6)));
    const warm = ms.slice(500);
    show(executor.kind, ...[0.5, 0.1, 0.9].map((q) => quantile(warm, q).toFixed(3)));
    await executor.shutdown();
  }
}

async function onTwoWorkers(): Promise<void> {
  console.log(
    "\nexamples/kernels, blocks of 10 calls in turns: ms on one core, on all; how often as fast, and quartiles",
  );
  for (const file of ["black-scholes", "n-body", "matrix", "convolution"]) {
    const url = new URL(`../../examples/kernels/cases/${file}.js`, import.meta.url);
    const { cases } = ((await import(url.href)) as { default: CompareOptions }).default;
    const call = (name: string) => cases[name] as () => Promise<unknown>;
    const block = async (name: string) => (await time(async () => repeat(10, call(name)))) / 10;
    const [one, all] = ["Wasm, one core", "Wasm, all cores"] as const;
    await block(one);
    await block(all);
    const rounds: [number, number][] = [];
    for (let i = 0; i < 16; i++) rounds.push([await block(one), await block(all)]);
    const ratios = rounds.map(([alone, together]) => alone / together);
    const [onOne, onAll] = [0, 1].map((i) => median(rounds.map((round) => round[i] as number)).toFixed(2));
    show(file, onOne as string, onAll as string, ...[0.5, 0.25, 0.75].map((q) => quantile(ratios, q).toFixed(2)));
  }
}

async function repeat(times: number, call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) await call();
}

export default async function ownKernels(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "allcores-study-"));
  try {
    await compiling(folder);
    await saxpy(folder, new SerialExecutor());
    await dispatching(folder);
    await onTwoWorkers();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
