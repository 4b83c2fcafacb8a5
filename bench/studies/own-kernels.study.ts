/**
 * Kernels of one's own: compiling them, saxpy against C, programs that allocate against their plain builds, short jobs, an
 * empty dispatch, steps in one job, the examples on two workers, and blocks with accumulators.
 */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { AsyncExecutor, type HeapArray, heap, type Kernel, SerialExecutor, ThreadExecutor } from "allcores";
import type { CompareOptions } from "allcores/bench";
import { compileKernels } from "allcores/compile";
import { quantile } from "../../dist/bench/statistics.js";
import { Lease } from "../../dist/memory/instances.js";
import { kernelModule } from "../../dist/memory/modules.js";
import { blocks } from "./own-kernels/blocks.js";
import { steps } from "./own-kernels/steps.js";

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
/** What each item makes, and leaves to the garbage collector where there is one. Returns a sum. */
const ALLOCATING: Readonly<Record<string, { items: number; each: string }>> = {
  "lists of 50 objects": {
    items: 20_000,
    each: "let last: Point | null = null; for (let k = 0; k < 50; k++) last = new Point(i, k, last); while (last) { sum += last.y; last = last.next; }",
  },
  "arrays of 8, mapped": {
    items: 200_000,
    each: "const a = new Array<i32>(8); a[7] = i; sum += a.map<i32>((x) => x & 7)[7];",
  },
  "arrays of 100, pushed": {
    items: 20_000,
    each: "const a = new Array<i32>(); for (let k = 0; k < 100; k++) a.push(k); sum += a[i % 100];",
  },
  "texts of 10 numbers": {
    items: 20_000,
    each: 'let text = ""; for (let k = 0; k < 10; k++) text += (i + k).toString() + ","; sum += text.length;',
  },
  "maps of 50": {
    items: 10_000,
    each: "const map = new Map<i32, i32>(); for (let k = 0; k < 50; k++) map.set(k * i, k); sum += map.size;",
  },
};
const ALLOCATING_SOURCE = `class Point { constructor(public x: i32, public y: i32, public next: Point | null) {} }
${Object.values(ALLOCATING)
  .map(
    ({ each }, k) =>
      `export function p${k}(begin: i32, end: i32): i32 { let sum = 0; for (let i = begin; i < end; i++) { ${each} } return sum; }`,
  )
  .join("\n")}
`;
/** A step of heat over a picture, an item a row. */
const HEAT_SOURCE = `import { Ptr, Whole } from "allcores/assembly";
export function heat(begin: i32, end: i32, width: i32, height: i32, a: Whole<f32>, b: Ptr<f32>): void {
  const quarter = f32x4.splat(0.25);
  for (let y = max(begin, 1); y < min(end, height - 1); y++)
    for (let x = 1; x + 4 < width; x += 4) {
      const at = y * width + x;
      const beside = f32x4.add(v128.load(a.at(at - 1)), v128.load(a.at(at + 1)));
      v128.store(b.at(at), f32x4.mul(quarter, f32x4.add(beside, f32x4.add(v128.load(a.at(at - width)), v128.load(a.at(at + width))))));
    }
}
`;
/** SHA-256, an item a message of 64 bytes: its block, and that of its length. */
const SHA256_SOURCE = `import { Ptr, scratch } from "allcores/assembly";
const H: StaticArray<u32> = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const K: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
function compress(h: Ptr<u32>, w: Ptr<u32>): void {
  for (let k = 16; k < 64; k++) {
    const s0 = rotr(w[k - 15], 7) ^ rotr(w[k - 15], 18) ^ (w[k - 15] >> 3);
    const s1 = rotr(w[k - 2], 17) ^ rotr(w[k - 2], 19) ^ (w[k - 2] >> 10);
    w[k] = w[k - 16] + s0 + w[k - 7] + s1;
  }
  let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], last = h[7];
  for (let k = 0; k < 64; k++) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t = last + s1 + ((e & f) ^ (~e & g)) + unchecked(K[k]) + w[k];
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    last = g; g = f; f = e; e = d + t; d = c;
    const next = t + s0 + ((a & b) ^ (a & c) ^ (b & c));
    c = b; b = a; a = next;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += last;
}
export function sha256(begin: i32, end: i32, x: Ptr<u32>, out: Ptr<u32>): void {
  const w = scratch<u32>(64);
  const h = scratch<u32>(8);
  for (let i = begin; i < end; i++) {
    for (let k = 0; k < 8; k++) h[k] = H[k];
    for (let k = 0; k < 16; k++) w[k] = bswap(x[16 * i + k]);
    compress(h, w);
    for (let k = 1; k < 15; k++) w[k] = 0;
    w[0] = 0x80000000; w[15] = 512;
    compress(h, w);
    for (let k = 0; k < 8; k++) out[8 * i + k] = bswap(h[k]);
  }
}
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

/** The same program by the compiler alone, with its default runtime, and by compileKernels. */
async function allocating(folder: string, executor: SerialExecutor): Promise<void> {
  console.log("\nprograms that allocate, ms of the best of 20 in turns: the plain build, ours, how often as fast");
  const path = join(folder, "allocating.ts");
  writeFileSync(path, ALLOCATING_SOURCE);
  const kernels = await compileKernels(pathToFileURL(path));
  const compiler = "assemblyscript/asc"; // by a variable: its types declare a console of their own
  const { main }: { main(args: string[]): Promise<{ error: Error | null }> } = await import(compiler);
  const { error } = await main(["allocating.ts", "--baseDir", folder, "--outFile", "plain.wasm", "-O3"]);
  if (error) throw error;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(join(folder, "plain.wasm"))), {
    env: { abort() {} },
  });
  for (const [k, [name, { items }]] of Object.entries(ALLOCATING).entries()) {
    const plain = exports[`p${k}`] as (begin: number, end: number) => number;
    const kernel = kernels[`p${k}`] as (typeof kernels)[string];
    const best = [Infinity, Infinity] as [number, number];
    for (let round = 0; round < 20; round++) {
      const sums: unknown[] = [];
      best[0] = Math.min(best[0], await time(async () => sums.push(BigInt(plain(0, items)))));
      const job = { kernel, n: items, partial: "sum" } as const;
      best[1] = Math.min(best[1], await time(async () => sums.push(await executor.run(job))));
      if (sums[0] !== sums[1]) throw new Error(`${name}: ${sums.join(" is not ")}`);
    }
    show(name, ...best.map((ms) => ms.toFixed(2)), `${(best[0] / best[1]).toFixed(1)}x`);
  }
}

type ShortKernel = (begin: number, end: number, ...args: never[]) => void;

/** What jobs of a fraction of a ms take beside their work: the dispatch, and the calls of their slices. */
async function short(folder: string): Promise<void> {
  console.log("\nshort jobs, median ms of 500 in turns: one call of the kernel, parallelFor, and by one chunk");
  const compiled = async (name: string, source: string) => {
    const path = join(folder, `${name}.ts`);
    writeFileSync(path, source);
    const kernels = await compileKernels<Record<string, ShortKernel>>(pathToFileURL(path));
    return kernels[name] as Kernel<ShortKernel>;
  };
  const heat = await compiled("heat", HEAT_SOURCE);
  const sha256 = await compiled("sha256", SHA256_SOURCE);
  for (const [width, height] of [
    [512, 512],
    [1024, 512],
    [1024, 1024],
  ] as const) {
    using scope = heap.scope();
    const arrays = [scope.float32(width * height), scope.float32(width * height)];
    await shortJob(`a step of heat, ${width}x${height}`, heat, height, [width, height], arrays);
  }
  for (const messages of [1000, 10_000]) {
    using scope = heap.scope();
    const bytes = randomBytes(64 * messages);
    const [x, out] = [
      scope.uint32(new Uint32Array(bytes.buffer, bytes.byteOffset, 16 * messages)),
      scope.uint32(8 * messages),
    ];
    await shortJob(`SHA-256 of ${messages} times 64 bytes`, sha256, messages, [], [x, out]);
    const last = Buffer.from(out.buffer, out.byteOffset + 32 * (messages - 1), 32);
    if (!createHash("sha256").update(bytes.subarray(-64)).digest().equals(last)) throw new Error("a wrong digest");
  }
}

/** One row: a kernel that takes numbers, and then arrays. */
async function shortJob(
  name: string,
  kernel: Kernel<ShortKernel>,
  n: number,
  numbers: readonly number[],
  arrays: readonly HeapArray[],
): Promise<void> {
  const executor = new SerialExecutor({ yield: false });
  const { id, module, compiled } = await kernelModule(kernel.source);
  const facts = {
    id,
    module,
    base: compiled?.base ?? 0,
    arena: compiled?.arena ?? 0,
    locks: false,
    label: kernel.name,
  };
  const lease = new Lease(facts, undefined, () => false);
  const args = [...numbers, ...arrays] as never[];
  const calls = [
    async () => lease.call(kernel.name, [0, n, ...numbers, ...arrays.map(({ byteOffset }) => byteOffset)]),
    () => executor.parallelFor(kernel, n, args),
    () => executor.parallelFor(kernel, n, args, { grain: n }),
  ];
  const ms = calls.map((): number[] => []);
  for (let i = 0; i < 500; i++) for (const [k, call] of calls.entries()) ms[k]?.push(await time(call));
  const medians = ms.map(median);
  show(name, ...medians.map((one) => `${one.toFixed(3)} (${(one / (medians[0] ?? 0)).toFixed(2)}x)`));
  lease.release();
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
    await allocating(folder, new SerialExecutor());
    await short(folder);
    await dispatching(folder);
    await steps(fileIn(folder, 0));
    await onTwoWorkers();
    await blocks(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
