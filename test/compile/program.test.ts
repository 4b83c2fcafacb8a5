/** What a program is refused for, or warned of, is asked of the program: what it exports, calls and stores, not its text. */
import { readFileSync } from "node:fs";
import { type Kernel, SerialExecutor } from "allcores";
import { buildKernels, compileKernels } from "allcores/compile";
import { describe, expect, it } from "vitest";
import { newFolder, written } from "./sources.js";

/** Compiles files, the first one the entry. */
async function outcomeOf(files: Record<string, string>) {
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  const kernels = await compileKernels(written(files), { cache: false, optimize: 0, onWarning });
  const call = (name: string, ...args: unknown[]) =>
    new SerialExecutor().submit(kernels[name] as Kernel<(...args: unknown[]) => unknown>, args);
  return { names: Object.keys(kernels).sort(), warnings, call };
}

const refusalOf = (files: Record<string, string>) => outcomeOf(files).then(() => "", String);

describe("kernels are what the module exports", { timeout: 30_000 }, () => {
  const FILES = {
    "k.ts": `import { Ptr } from "allcores/assembly";
export * from "./others";
export { pick, twice as double } from "./more";
export { sqrt } from "builtins";
export function swap<T>(a: StaticArray<T>, i: i32, j: i32): void { const t = a[i]; a[i] = a[j]; a[j] = t; }
export function swapped(a: f64): f64 { const s = new StaticArray<f64>(2); s[1] = a; swap<f64>(s, 0, 1); return s[0]; }
export function unused<T>(a: T): T { return a; }
export class Box { static twice(a: i32): i32 { return a * 2; } }
export namespace Tools { export function f(a: i32): i32 { return Box.twice(a); } }
export interface Shape { area(): f64; }
export type Real = f64;
export enum Color { Red = 1, Green }
export const LIMIT = 7;
function hidden(a: i32): i32 { return Tools.f(a) + Color.Green + LIMIT; }
export { hidden as shown, hidden as f32 };
export default function main(a: i32): i32 { return a - 1; }`,
    "others.ts": `import { Ptr } from "allcores/assembly";
export function fill<T>(begin: i32, end: i32, x: Ptr<T>): void { for (let i = begin; i < end; i++) x[i] = <T>1; }
export function ones(begin: i32, end: i32, x: Ptr<f64>): void { fill<f64>(begin, end, x); }`,
    "more.ts": `export function pick<T>(a: T, b: T): T { return a; }
export function twice(a: i32): i32 { return pick<i32>(a, 0) * 2; }`,
  };
  const NAMES = ["default", "double", "f32", "main", "ones", "shown", "swapped"];

  it("by their names there, and nothing else is one", async () => {
    const { names, warnings, call } = await outcomeOf(FILES);
    expect(names).toEqual(NAMES);
    const answers = await Promise.all([call("swapped", 5), call("double", 4), call("f32", 3), call("default", 3)]);
    expect(answers).toEqual([5, 8, 6 + 2 + 7, 2]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^k\.ts:5:17: swap, unused, Box, Tools, pick, sqrt, fill: each is exported, and no kernel: generic functions, .*\n/,
    );
  });

  it("those that are built, too", async () => {
    const outDir = newFolder();
    const { kernels } = await buildKernels(written(FILES), { outDir, optimize: 0, onWarning() {} });
    expect([...kernels].sort()).toEqual(NAMES);
    const typed = readFileSync(`${outDir}/k.d.ts`, "utf8").match(/^(?:export )?declare const \w+/gm);
    expect(typed?.map((line) => line.replace(/.* /, "")).sort()).toEqual(
      NAMES.map((n) => (n === "default" ? "default_" : n)),
    );
  });

  it("of two files that export a name, the first one's", async () => {
    const { names, call } = await outcomeOf({
      "k.ts": 'export * from "./a"; export * from "./b";',
      "a.ts": "export function f(x: i32): i32 { return x + 1; }",
      "b.ts": "export function f(x: f64): f64 { return x + 2; } export function g(x: f64): f64 { return x; }",
    });
    expect(names).toEqual(["f", "g"]);
    expect(await call("f", 1)).toBe(2);
  });

  it("what can't be exported is named with its place", async () => {
    const text = await refusalOf({
      "k.ts": `export enum E { A = 1, B = <i32>Math.sin(3) }
export function __allcores_seal(): usize { return 7; }
function f32(a: i32): i32 { return a; }
export { f32 as cast };
let count = 0; export { count as total };`,
    });
    expect(text).toMatch(/k\.ts:1:24: each worker computes its own E\.B: export a function that returns it\n/);
    expect(text).toMatch(/k\.ts:2:17: names that begin with __allcores_ are taken/);
    expect(text).toMatch(/k\.ts:3:10: f32 is the name of a type/);
    expect(text).toMatch(
      /k\.ts:5:5: total is a variable at top level: each worker has its own; it can't be exported: make/,
    );
  });

  it("a file with generic functions alone has none, and says so", async () => {
    const text = await refusalOf({ "k.ts": "// function f\nexport function g<T>(a: T): T { return a; }" });
    expect(text).toMatch(
      /k\.ts:2:1: it exports no function that could be a kernel, as methods, constants and generic ones/,
    );
  });

  it("where the compiler itself breaks down, the file is named, and the next one compiles", async () => {
    const cycle = {
      "k.ts": 'export * from "./other"; export function f(a: i32): i32 { return a; }',
      "other.ts": 'export * from "./k"; export function g(a: i32): i32 { return a; }',
    };
    expect(await refusalOf(cycle)).toMatch(
      /k\.ts does not compile:\n\n.*has crashed \(as it does over files that export \*/,
    );
    expect((await outcomeOf({ "k.ts": cycle["other.ts"].slice(21) })).names).toEqual(["g"]);
  });
});

describe("refusals", { timeout: 30_000 }, () => {
  it("are not for names and texts that only look like them", async () => {
    const { call, warnings } = await outcomeOf({
      "k.ts": `// console.log(memory.grow(1)), Math.random(), Date.now(), process.exit(), crypto.getRandomValues()
class Box { size: i32 = 0; grow(n: i32): void { this.size += n; } now(): i32 { return 9; } log(n: i32): i32 { return n; } }
class Machine {
  memory: Box = new Box(); console: Box = new Box(); Date: Box = new Box(); crypto: Box = new Box();
  run(): i32 { this.memory.grow(3); return this.memory.size + this.console.log(1) + this.Date.now() + this.crypto.log(2); }
}
namespace performance { export function now(): i32 { return 100; } }
namespace Fake { export function random(): i32 { return 1000; } export const seed = 10000; }
const text = "memory.grow(1) @vectorize console.log()";
const table: f64[] = [<f64>new Array<i32>(3).length, 4];
const nested: StaticArray<i32[]> = [[1], [2]];
function helper(s: string, by: i32 = 2): string { return s.repeat(by); }
function never(): void { console.log("x"); memory.grow(1); Math.random(); }
export function f(a: i32): i32 {
  const memory = new Machine();
  nested[0].push(a);
  return memory.run() + performance.now() + Fake.random() + Fake.seed + helper(text).length + nested[0].length + <i32>table[0];
}`,
    });
    expect(warnings).toEqual([]);
    const answer = 3 + 1 + 9 + 2 + 100 + 1000 + 10000 + 2 * 39 + 2 + 3;
    expect([await call("f", 1), await call("f", 1)]).toEqual([answer, answer]); // what a call pushes goes with it
  });

  it("name the place that leads there, by way of whatever", async () => {
    const text = await refusalOf({
      "k.ts": `import { chance } from "dice/assembly"; import { seconds } from "./time";
class Own { console: i32 = 0; Math: i32 = 0; } // no console.log
@external("env", "seed") declare function mine(): f64;
const own = new Own().console;
export function f(a: i32): f64 {
  console.log("x");
  return chance() + seconds() + mine() + <f64>own;
}
export function g(): void { memory.grow(2); if (memory.grow(3) < 0) throw new Error("no"); }`,
      "time.ts":
        'import { memory as m } from "memory";\nexport function seconds(): f64 { m.grow(1); process.exit(1); return 1; }',
      "node_modules/dice/assembly/index.ts": "export function chance(): f64 {\n  return Math.random();\n}",
    });
    expect(text.match(/^\S+:\d+:\d+: .{20}/gm)?.sort()).toEqual(
      [
        "k.ts:3:1: a kernel may import ",
        "k.ts:6:3: there is no console ",
        "k.ts:9:29: a kernel can't grow",
        "k.ts:9:49: a kernel can't grow",
        "time.ts:2:34: a kernel can't grow",
        "time.ts:2:45: there is no process ",
        "~lib/dice/assembly/index.ts:2:10: Math.random would di",
      ].map((line) => expect.stringContaining(line.slice(0, 25))),
    );
  });

  it("errors in libraries and packages are told where the user's code leads there", async () => {
    const text = await refusalOf({
      "k.ts": `import { field } from "bad/assembly";
class P { x: i32 = 0; }
export function f(a: i32): i32 {
  const list = new Array<P>();
  list.sort();
  new Int32Array(3).set<Array<P>>(list);
  return list.join(",").length +
    field<i32>(a);
}`,
      "node_modules/bad/assembly/index.ts": "export function field<T>(a: T): T { return a.foo; }",
    });
    expect(text).toMatch(
      /\nk\.ts:5:3: Operator '>' cannot be .* \(in ~lib\/util\/sort\.ts:\d+:\d+\)\n.*\n> 5 \| {3}list\.sort\(\);/,
    );
    expect(text).toMatch(/\nk\.ts:6:3: .*\(in ~lib\/typedarray\.ts:\d+:\d+\)/);
    expect(text).toMatch(/\nk\.ts:7:10: Property 'toString' .*\(in ~lib\/util\/string\.ts:\d+:\d+\)/);
    expect(text).toMatch(/\nk\.ts:8:5: Property 'foo' .*\(in ~lib\/bad\/assembly\/index\.ts:1:\d+\)/);
    expect(text).not.toMatch(/^~/m);
  });
});

describe("warnings", { timeout: 30_000 }, () => {
  it("of variables are one a file, by what is done with them, and none of packages", async () => {
    const { warnings, call } = await outcomeOf({
      "k.ts": `import { next } from "counts/assembly"; import { step } from "./more";
let a = 1; let b: f64 = 2; class K { static q: i32 = 3; static r: i32 = 4; }
let s: string = "abc"; const fine = 1;
export function f(x: i32): i32 { a += x; K.q++; return a + <i32>b + K.q + K.r + s.length + fine + next() + step(); }`,
      "more.ts": "let only = 5;\nexport function step(): i32 { return ++only; }",
      "node_modules/counts/assembly/index.ts":
        "let count = 10; let other = 20;\nexport function next(): i32 { return ++count + other; }",
    });
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toMatch(
      /^more\.ts:1:5: only is a variable at top level: .*; keep state in arrays, or pass it .*\n> 1 /,
    );
    expect(warnings[0]).toBe(
      "k.ts:2:5: 5 variables are at top level: each worker has its own, and which calls see them depends on timing; never " +
        "changed, so make each a const, with a value: b (2:16), s (3:5); never changed, so make each static readonly, with a " +
        "value: r (2:57); keep in arrays, or pass as arguments: a (2:5), q (2:38)",
    );
    expect(await call("f", 1)).toBe(2 + 2 + 4 + 4 + 3 + 1 + 31 + 6);
  });

  it("of stores name those at addresses that the program made up, and no others", async () => {
    const { warnings } = await outcomeOf({
      "k.ts": `import { Ptr, scratch, Shared } from "allcores/assembly";
class Cell { n: i32 = 0; next: Cell | null = null; }
const counter = memory.data(8); const bytes = memory.data<u8>([1, 2]); const table: StaticArray<i32> = [1, 2];
const cell = changetype<Cell>(memory.data(8)); const BASE: usize = 4096;
function put(at: usize, v: i32): void { store<i32>(at, v); }
function through(i: i32): void { put(i << 2, 1); }
function both(at: usize): void { store<i32>(counter + at, 1); store<i32>(at, 2); }
export function wrong(x: i32): void {
  store<i32>(1024, x);
  for (let i = 0; i < 10; i++) store<u8>(BASE + i, 4);
  memory.fill(70000, 0, x); memory.copy(BASE, 8, x);
  v128.store(64, i32x4.splat(1)); atomic.add<i32>(8, x);
  put(16, x);
  through(4);
  changetype<Cell>(1000).n = x;
  store<i32>(__heap_base, x);
  v128.store8_lane(32, i32x4.splat(1), 0);
  both(1024); both(counter + 4);
}
function setNext(node: Cell | null, i: i32): void { if (node) node.n = i; }
function link(i: i32, node: Cell | null = null): void { if (node) { node.n = i; node.next = node; } }
function fillAt(at: usize, v: i32): void { if (at) store<i32>(at, v); }
function passOn(at: usize): void { fillAt(at, 1); memory.fill(at, 0, at ? 4 : 0); }
export function right(begin: i32, end: i32, x: Ptr<f64>, bins: Shared<i32>, at: usize): void {
  const mine = scratch<i32>(8); let last: Cell | null = null;
  for (let i = begin; i < end; i++) {
    mine[i & 7] = 1; x[i] = 2; bins.add(0, 1); store<i32>(at + (i << 2), 3); store<u8>(i, 3); through(i); put(at, 1);
    const made = new Cell(); made.next = last; made.n = i; last = made;
  }
  atomic.add<i32>(counter, 1); store<u8>(bytes + 1, 3); cell.n = 4; table[1] = 3; put(counter + 4, 1);
  store<i32>(changetype<usize>(table), 1); memory.fill(counter, 0, 8);
  setNext(null, begin); setNext(last, 1); link(3); link(3, null); fillAt(0, 1); passOn(0); both(counter);
  const map = new Map<i32, string>(); map.set(1, "a" + at.toString()); new Array<f64>(3).fill(1).sort();
}`,
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^k\.ts:9:3: this stores at an address that comes from no pointer and no parameter \(so do 10:32, 11:3, 11:29, 12:3, 12:35, 13:3, 14:3, 15:3, 16:3, 17:3, 18:3\): other/,
    );
  });
});
