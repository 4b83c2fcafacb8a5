/** What went wrong in trials and must not again: top-level objects, numbers as texts, arenas, foreign modules, traces. */
import { readFileSync } from "node:fs";
import { heap, jsKernel, SerialExecutor, ThreadExecutor, wasmKernel } from "allcores";
import { buildKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFile } from "../../dist/locate.js";
import { executors, shared } from "../executors/all.js";
import { start } from "../support/system.js";
import { cachedFor, compiled, newFolder, written } from "./sources.js";

interface Kept {
  grow(begin: number, end: number, out: Int32Array): void;
  rename(begin: number, end: number, out: Int32Array): void;
  change(begin: number, end: number, out: Int32Array): void;
  texts(begin: number, end: number, wrong: Int32Array): void;
}

const KEPT = `
class Settings { turns: i32 = 7; name: string = "first"; }
const list = new Array<i32>();
const map = new Map<i32, string>();
map.set(0, "zero");
const settings = new Settings();
/** Overwrites what lies behind the objects of top-level statements. */
function fill(): void { new Int32Array(5000).fill(0x7fffffff); }
export function grow(begin: i32, end: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) {
    if (i == begin && list.length != 0) throw new Error("it has " + list.length.toString());
    for (let j = 0; j < 100; j++) list.push(j);
    fill();
    out[i] = list[list.length - 1];
  }
}
export function rename(begin: i32, end: i32, out: Ptr<i32>): void {
  if (map.size != 1 || map.get(0) != "zero") throw new Error("it has " + map.size.toString());
  for (let i = begin; i < end; i++) { map.set(i % 50, i.toString() + "!"); fill(); out[i] = map.get(i % 50).length; }
}
export function change(begin: i32, end: i32, out: Ptr<i32>): void {
  if (settings.turns != 7 || settings.name != "first") throw new Error("it is " + settings.name);
  settings.turns = begin;
  settings.name = "call " + begin.toString();
  fill();
  for (let i = begin; i < end; i++) out[i] = settings.name.startsWith("call") ? 1 : 0;
}
/** Counts the numbers whose texts are not theirs. */
export function texts(begin: i32, end: i32, wrong: Ptr<i32>): void {
  for (let i = begin; i < end; i++) {
    const before = mark();
    const number = <f64>i + 0.5;
    wrong[i] = number.toString() == i.toString() + ".5" ? 0 : 1;
    release(before);
  }
}`;

let kernels: Kernels<Kept>;
beforeAll(async () => {
  kernels = await compiled<Kept>(KEPT);
}, 60_000);

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row, 4);

  it("top-level objects are as top-level statements left them in each call", { timeout: 60_000 }, async () => {
    using scope = heap.scope();
    for (const name of ["grow", "rename", "change"] as const)
      for (let turn = 0; turn < 3; turn++) {
        const out = scope.int32(200);
        await executor.it.parallelFor(kernels[name], 200, [out], { grain: 2 });
        const expected = { grow: 99, rename: (i: number) => `${i}!`.length, change: 1 }[name];
        expect([...out]).toEqual(
          Array.from({ length: 200 }, (_, i) => (typeof expected === "number" ? expected : expected(i))),
        );
      }
  });

  it("numbers become texts in memory of the worker's own", { timeout: 60_000 }, async () => {
    using scope = heap.scope();
    const wrong = scope.int32(50_000).fill(1);
    await executor.it.parallelFor(kernels.texts, wrong.length, [wrong]);
    expect(wrong.indexOf(1)).toBe(-1);
  });
});

it("jobs that give way to each other find their arenas again", { timeout: 60_000 }, async () => {
  const { work } = await compiled<{ work(begin: number, end: number): void }>(`
    export function work(begin: i32, end: i32): void {
      const held = new Float64Array(100);
      for (let i = begin; i < end; i++) for (let j = 0; j < 30000; j++) held[j % 100] += Math.sqrt(<f64>j);
    }`);
  await using pool = new ThreadExecutor({ workers: 1 });
  await pool.parallelFor(work, 1);
  await Promise.all([1, 2, 3].map(() => pool.parallelFor(work, 1000, [], { grain: 10 })));
});

it("a full arena is told with the kernel's line, also where all of it is the library's code", async () => {
  const { alloc } = await compiled<{ alloc(n: number): number }>(
    "export function alloc(n: i32): i32 {\n  const a = new Array<i32>(n);\n  return a[n - 1] + a.length;\n}",
  );
  await expect(new SerialExecutor().submit(alloc, [10_000_000])).rejects.toThrow(
    /^alloc \(kernels\.ts\) failed (?:at|near) kernels\.ts:[123]:\d+: RangeError: the arena is full/,
  );
});

it("a kernel may say the same of what is full, and no advice is added", async () => {
  const { full } = await compiled<{ full(n: number): number }>(
    'export function full(n: i32): i32 {\n  if (n > 1) throw new RangeError("the arena is full");\n  return n;\n}',
  );
  expect(await new SerialExecutor().submit(full, [1])).toBe(1);
  await expect(new SerialExecutor().submit(full, [2])).rejects.toThrow(
    /^full \(kernels\.ts\) failed at kernels\.ts:2:14: Abort: the arena is full$/,
  );
});

it("scratch of more than an arena is refused, whatever its length in bytes wraps to", { timeout: 30_000 }, async () => {
  const { take } = await compiled<{ take(length: number): number }>(
    "export function take(length: i32): usize { return scratch<f64>(length).at(0); }",
  );
  const one = new SerialExecutor();
  for (const length of [2 ** 29, 2 ** 29 + 1, 2 ** 30, -1, 2 ** 31 - 1, 2 ** 17])
    await expect(one.submit(take, [length]), `${length}`).rejects.toThrow(
      /RangeError: the arena is full: a call may allocate 1048576 bytes\. Give back what each item took/,
    );
  expect(await one.submit(take, [1000])).toBeGreaterThan(0);
});

it("a compiled WebAssembly.Module does not bring its static data, and is refused", { timeout: 30_000 }, async () => {
  const outDir = newFolder();
  await buildKernels(written({ "k.ts": "export function f(): i32 { return new Array<i32>(3).length; }" }), { outDir });
  const module = await WebAssembly.compile(readFileSync(`${outDir}/k.wasm`));
  const running = new SerialExecutor().submit(wasmKernel(module, "f"));
  await expect(running).rejects.toThrow(/^the module was made by allcores, .* pass its bytes or its URL$/);
});

it("what kernels trace is on stderr at once, endless loops or not", { timeout: 30_000 }, async () => {
  const url = written({
    "k.ts": `export function loop(): void { trace("first", 1, 1); trace("second"); while (true) {} }`,
  });
  const { output } = start(
    `
    import { ThreadExecutor } from ${JSON.stringify(packageFile("index.js").href)};
    import { compileKernels } from ${JSON.stringify(packageFile("compile.js").href)};
    const { loop } = await compileKernels(${JSON.stringify(url.href)});
    const pool = new ThreadExecutor({ workers: 1 });
    await pool.ready();
    await pool.submit(loop);`,
    { env: await cachedFor([url]) },
  );
  await expect.poll(() => output().stderr, { timeout: 20_000 }).toBe("trace: first 1\ntrace: second\n");
});

it("a kernel in a worker can't run one there that allocates, and is told so", { timeout: 30_000 }, async () => {
  const outDir = newFolder();
  const source = "export function f(n: i32): i32 { return new Array<i32>(n).length; }";
  await buildKernels(written({ "k.ts": source }), { outDir });
  const inner = written({
    "inner.mjs": `import { SerialExecutor } from ${JSON.stringify(packageFile("index.js").href)};
      import { wasmKernel } from ${JSON.stringify(packageFile("index.js").href)};
      const f = wasmKernel(new URL(${JSON.stringify(`file://${outDir}/k.wasm`)}), "f");
      export const run = (n) => new SerialExecutor().submit(f, [n]);`,
  });
  await using pool = new ThreadExecutor({ workers: 1 });
  await expect(pool.submit(jsKernel<(n: number) => number>(inner, "run"), [3])).rejects.toThrow(
    /f \(k\.ts\) needs an arena, since a kernel of its file allocates: only the thread that imported allcores allocates/,
  );
});
