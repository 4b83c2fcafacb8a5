/** Users' modules on the one shared memory: arenas, static data and slots, with several workers on each. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { AsyncExecutor, heap, type Kernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import { buildKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Lease } from "../../dist/memory/instances.js";
import { kernelModule } from "../../dist/memory/modules.js";
import { executors, shared } from "../executors/all.js";
import { compiled, newFolder, written } from "./sources.js";

const sum = { combine: (a: number, b: number) => a + b, initial: 0 };

interface Kernel1 {
  scratchpad(begin: number, end: number): number;
  tables(begin: number, end: number): number;
  greedy(begin: number, end: number, bytes: number): number;
  count(begin: number, end: number): number;
  counted(): number;
  arenaAt(begin: number, end: number): number;
  words(begin: number, end: number): number;
}

const SOURCE = `
/** Fills an array of its own, slowly, and counts the elements that somebody else has changed. */
export function scratchpad(begin: i32, end: i32): i32 {
  const mine = new Int32Array(4096);
  let wrong = 0;
  for (let turn = 0; turn < 50; turn++) {
    for (let i = 0; i < mine.length; i++) mine[i] = begin + turn;
    for (let i = 0; i < mine.length; i++) if (mine[i] != begin + turn) wrong++;
  }
  return wrong;
}
class Table {
  values: Float64Array = new Float64Array(1000);
  constructor() { for (let i = 0; i < 1000; i++) this.values[i] = i; }
  sum(): f64 { let sum: f64 = 0; for (let i = 0; i < 1000; i++) sum += this.values[i]; return sum; }
}
const table = new Table();
/** What was made at top level is there in every call, whatever calls allocate. */
export function tables(begin: i32, end: i32): f64 {
  const filled = new Uint8Array(500000).fill(255);
  return table.sum() + <f64>filled[begin % 500000] - 255;
}
export function greedy(begin: i32, end: i32, bytes: i32): i32 {
  return new Uint8Array(bytes).length;
}
const counter = memory.data(8, 8);
/** Static memory is one for all workers. */
export function count(begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) atomic.add<i32>(counter, 1);
}
export function counted(): i32 { return atomic.load<i32>(counter); }
export function arenaAt(begin: i32, end: i32): f64 { return <f64>changetype<usize>(new Uint8Array(1)); }
/** Strings and their functions. */
export function words(begin: i32, end: i32): i32 {
  let text = "";
  for (let i = begin; i < end; i++) text += i.toString() + ",";
  return text.split(",").length - 1;
}
`;

let kernels: Kernels<Kernel1>;
beforeAll(async () => {
  kernels = await compiled<Kernel1>(SOURCE);
}, 60_000);

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row, 4);

  it("workers allocate in arenas of their own", async () => {
    expect(await executor.it.parallelReduce(kernels.scratchpad, 64, [], { ...sum, grain: 1 })).toBe(0);
  });

  it("top-level objects stay, and calls take no more room the more there are", async () => {
    // 100 calls of 500 kB in an arena of 1 MiB
    expect(await executor.it.parallelReduce(kernels.tables, 100, [], { ...sum, grain: 1 })).toBe(100 * 499500);
  });

  it("too much is a clear error, and the worker goes on", async () => {
    const asking = (bytes: number) => executor.it.parallelReduce(kernels.greedy, 1, [bytes], sum);
    await expect(asking(2 ** 21)).rejects.toThrow(
      /^greedy \(kernels\.ts\) failed on items \[0, 1\) (?:at|near) kernels\.ts:\d+:\d+: RangeError: the arena is full: a call may allocate 1048576 bytes/,
    );
    expect(await asking(1000)).toBe(1000);
  });

  it("strings work", async () => {
    expect(await executor.it.parallelReduce(kernels.words, 1000, [], sum)).toBe(1000);
  });
});

it("a larger arena is given where it is asked for", { timeout: 30_000 }, async () => {
  await using pool = new ThreadExecutor({ workers: 2 });
  const { greedy } = await compiled<Kernel1>(SOURCE, { arena: "4MiB" });
  expect(await pool.parallelReduce(greedy, 1, [2 ** 21], sum)).toBe(2 ** 21);
});

it("static data is written once: new workers do not write it again over what others see", async () => {
  const pools = [new ThreadExecutor({ workers: 3 }), new AsyncExecutor({ workers: 3 }), new SerialExecutor()];
  onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.shutdown()))));
  const before = await (pools[0] as ThreadExecutor).submit(kernels.counted);
  await Promise.all(pools.map((pool) => pool.parallelFor(kernels.count, 10_000)));
  for (const pool of pools) expect(await pool.submit(kernels.counted)).toBe(before + 30_000);
});

it("modules keep their strings apart", { timeout: 60_000 }, async () => {
  const texts = ["first", "second, and longer", "third"];
  const of = (text: string) =>
    compiled<{ check(begin: number, end: number): number }>(`
      export function check(begin: i32, end: i32): i32 {
        const text = ${JSON.stringify(text)};
        let sum = 0;
        for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
        return sum;
      }`);
  const loaded = await Promise.all(texts.map(of));
  await using pool = new ThreadExecutor({ workers: 3 });
  const sums = await Promise.all(
    loaded.map(({ check }) => pool.parallelReduce(check, 30, [], { combine: (_, b) => b, initial: 0, grain: 1 })),
  );
  expect(sums).toEqual(texts.map((text) => [...text].reduce((total, letter) => total + letter.charCodeAt(0), 0)));
});

it("a call within a call gets an instance and an arena of its own", async () => {
  const { outer } = await compiled<{ outer(depth: number): number }>(`
    export function outer(depth: i32): i32 {
      const mine = new Int32Array(1000);
      for (let i = 0; i < mine.length; i++) mine[i] = depth;
      trace("call", 1, depth);
      for (let i = 0; i < mine.length; i++) if (mine[i] != depth) return -1;
      return depth;
    }`);
  const { id, module, compiled: metadata } = await kernelModule((outer as Kernel).source);
  const lease = new Lease(
    { id, module, base: metadata?.base ?? 0, arena: metadata?.arena ?? 0, locks: false, label: "outer" },
    undefined,
    () => false,
  );
  const inner: unknown[] = [];
  const { writeSync } = fs;
  const setWriteSync = (write: typeof writeSync) => {
    fs.writeSync = write;
    syncBuiltinESMExports();
  };
  onTestFinished(() => setWriteSync(writeSync));
  setWriteSync(((_: number, text: string) => {
    if (text.startsWith("trace: call 1")) inner.push(lease.call("outer", [2]));
    return text.length;
  }) as typeof writeSync);
  expect(lease.call("outer", [1])).toBe(1);
  expect(inner).toEqual([2]);
  lease.release();
});

describe("prebuilt modules", { timeout: 60_000 }, () => {
  const build = async (name: string, value: number, slot?: number) => {
    const outDir = newFolder();
    const url = written({
      [`${name}.ts`]: `const t: StaticArray<i32> = [${value}, 2]; export function get(i: i32): i32 { return t[i]; }`,
    });
    const result = await buildKernels(url, { outDir, slot, optimize: 0 });
    return { ...result, ...((await import(`${outDir}/${name}.js`)) as { get: Kernel<(i: number) => number> }) };
  };

  it("have slots by their content, the same each time", async () => {
    const [a, again, b] = [await build("a", 1), await build("a", 1), await build("b", 1)];
    expect(again.slot).toBe(a.slot);
    expect(b.slot).not.toBe(a.slot);
    await using pool = new ThreadExecutor({ workers: 2 });
    expect(await Promise.all([a, again, b].map(({ get }) => pool.submit(get, [0])))).toEqual([1, 1, 1]);
  });

  it("have another one with other imports or options", async () => {
    const files = {
      "entry.ts": 'export * from "./part";',
      "part.ts": 'export function f(): i32 { return "one".length; }',
    };
    const url = written(files);
    const slot = async (optimize: 0 | 1 = 0) => (await buildKernels(url, { outDir: newFolder(), optimize })).slot;
    const first = await slot();
    expect(await slot(1)).not.toBe(first);
    written({ "part.ts": 'export function f(): i32 { return "second".length; }' }, fileURLToPath(new URL(".", url)));
    expect(await slot()).not.toBe(first);
  });

  it("need none without static data: any number of them may be built for one", async () => {
    for (const value of [1, 2]) {
      const outDir = newFolder();
      const url = written({ "plain.ts": `export function f(): i32 { return ${value}; }` });
      await buildKernels(url, { outDir, slot: 78, optimize: 0 });
      const { f } = (await import(`${outDir}/plain.js`)) as { f: Kernel<() => number> };
      expect(await new SerialExecutor().submit(f)).toBe(value);
    }
  });

  it("that want the same slot are refused with both names", async () => {
    const first = await build("first", 10, 77);
    const second = await build("second", 20, 77);
    await using pool = new ThreadExecutor({ workers: 1 });
    expect(await pool.submit(first.get, [0])).toBe(10);
    await expect(pool.submit(second.get, [0])).rejects.toThrow(
      /second\.wasm and .*first\.wasm were both built for slot 77 .* allcores build --slot \d+$/,
    );
    const moved = await build("second", 20, 78);
    expect(await pool.submit(moved.get, [0])).toBe(20);
    expect(await pool.submit(first.get, [0])).toBe(10);
  });
});

describe("in processes", { timeout: 30_000 }, () => {
  const SHIFT = `
    export function smooth(begin: i32, end: i32, weights: Whole<f64>, taps: i32, x: Ptr<f64>, y: Ptr<f64>): void {
      for (let i = begin; i < end; i++) {
        let sum: f64 = 0;
        for (let j = 0; j < taps; j++) sum += weights[j] * x[i + j];
        y[i] = sum;
      }
    }
    export function spoil(begin: i32, end: i32, weights: Whole<f64>): void { store<f64>(weights.at(0), 7); }`;
  interface Shift {
    smooth(begin: number, end: number, weights: Float64Array, taps: number, x: Float64Array, y: Float64Array): void;
    spoil(begin: number, end: number, weights: Float64Array): void;
  }

  it("a longer Ptr has its first n elements for the items, and a Whole is input", async () => {
    const { smooth, spoil } = await compiled<Shift>(SHIFT);
    using scope = heap.scope();
    const n = 1000;
    const weights = scope.float64([1, 2, 1, 0.5, 0.25]);
    const x = scope.float64(Float64Array.from({ length: n + 4 }, (_, i) => i));
    const answers: number[][] = [];
    for (const pool of [new ProcessExecutor({ workers: 2 }), new ThreadExecutor({ workers: 2 })]) {
      const y = scope.float64(n + 1).fill(-1);
      await pool.parallelFor(smooth, n, [weights, 5, x, y]);
      answers.push([...y]);
      if (pool.kind === "processes")
        await expect(pool.parallelFor(spoil, n, [weights])).rejects.toThrow(
          /args\[0\] \(weights\) was changed outside/,
        );
      await pool.shutdown();
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.at(-1)).toBe(-1);
    expect([...weights]).toEqual([1, 2, 1, 0.5, 0.25]);
  });
});
