/** vitest's global setup: compiles the tests' own Wasm kernels, once for all files. */
import { setFlagsFromString } from "node:v8";
import type { TestProject } from "vitest/node";
import { SHORT_PROGRAM } from "./short-program.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Modules as data: URLs. */
    shared: string;
    pure: string;
  }
}

/** Over the shared memory, by the rules of the package's own kernels. */
const SHARED = `
export function saxpy(begin: i32, end: i32, y: usize, x: usize, a: f32): void {
  for (let i = begin; i < end; i++) {
    const at = (<usize>i) << 2;
    store<f32>(y + at, a * load<f32>(x + at) + load<f32>(y + at));
  }
}
/** A value a chunk, with i64 indices. */
export function squares(begin: i64, end: i64): i64 {
  let sum: i64 = 0;
  for (let i = begin; i < end; i++) sum += i * i;
  return sum;
}
/** Rounds differently in another order; f64 indices. */
export function harmonic(begin: f64, end: f64): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; i += 1) sum += 1 / (i + 1);
  return sum;
}
export function span64(begin: i64, end: i64): i64 { return end - begin; }
export function span32(begin: i32, end: i32): i32 { return end - begin; }
export function fill8(begin: f64, end: f64, out: usize): void {
  for (let i = begin; i < end; i += 1) store<u8>(out + <usize>i, <u8>(<u32>i * 7));
}
export function trapAt(begin: i32, end: i32, at: i32): void {
  if (begin <= at && at < end) unreachable();
}
export function divide(a: i32, b: i32): i32 { return a / b; }
export function read(pointer: usize): i32 { return load<i32>(pointer); }
export function spin(begin: i32, end: i32): i32 {
  let x: i32 = 1;
  for (let i = 0; i < (end - begin) * 1000000; i++) x = x * 1664525 + 1013904223;
  return x;
}
export function forever(): i32 {
  let x: i32 = 1;
  while (x != 0) x = x * 5 | 1;
  return x;
}
/** To accumulators, and a join of two. */
export function addValues(begin: i32, end: i32, x: usize, sums: usize): void {
  for (let i = begin; i < end; i++) store<f64>(sums, load<f64>(sums) + load<f64>(x + (i << 3)));
}
export function addUp(into: usize, from: usize): void { store<f64>(into, load<f64>(into) + load<f64>(from)); }
export function trapJoin(into: usize, from: usize): void { unreachable(); }
/** Writes the first byte of its scratch memory, zero at first, plus one. */
export function useScratch(begin: i32, end: i32, out: usize, scratch: usize): void {
  for (let i = begin; i < end; i++) store<u8>(out + i, load<u8>(scratch) + 1);
}
`;

/** No memory at all. */
const PURE = `
export function add(a: f64, b: f64): f64 { return a + b; }
export function wide(a: i64): i64 { return a + 1; }
`;

const SHARED_OPTIONS = {
  importMemory: true,
  sharedMemory: true,
  maximumMemory: "65535",
  initialMemory: "1",
  enable: "threads",
};

async function compile(source: string, options: Record<string, string | boolean>): Promise<string> {
  const { default: asc } = await import("assemblyscript/asc");
  const common = { runtime: "stub", noAssert: true, optimizeLevel: "3" };
  const { error, binary, stderr } = await asc.compileString(source, { ...common, ...options } as never);
  if (error || !binary) throw new Error(`a fixture does not compile: ${stderr.toString()}`);
  return `data:application/wasm;base64,${Buffer.from(binary).toString("base64")}`;
}

export default async function setup(project: TestProject): Promise<void> {
  setFlagsFromString(SHORT_PROGRAM);
  project.provide("shared", await compile(SHARED, SHARED_OPTIONS));
  project.provide("pure", await compile(PURE, { noExportMemory: true }));
}
