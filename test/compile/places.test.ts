/** Failures inside the standard library and packages are told at the user's line that led there, optimised or not. */
import { AsyncExecutor, type Kernel, SerialExecutor } from "allcores";
import { compileKernels, type Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { written } from "./sources.js";

const SOURCE = `import { div, fail } from "sums/assembly";
class P { x: i32 = 0; }
export function get(n: i32): i32 {
  const a = new Array<i32>(3);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i];
  return sum;
}
export function repeat(n: i32): i32 {
  const s = "abc";
  return s.repeat(n).length;
}
export function key(n: i32): i32 {
  const m = new Map<i32, i32>();
  m.set(1, 1);
  return m.get(n) + 1;
}
export function length(n: i32): i32 {
  return new Array<P>(n).length;
}
export function divided(n: i32): i32 {
  const twice = n * 2;
  return div(1, twice) + 3;
}
export function thrown(n: i32): i32 {
  if (n > 5)
    fail();
  return 3;
}
export function sorted(n: i32): i32 {
  const a = [3, n, 2];
  a.sort((x, y) => {
    if (x == 1) throw new Error("in callback");
    return x - y; });
  return a[0];
}
export function deep(n: i32): i32 {
  return inner(n) + 1;
}
function inner(n: i32): i32 {
  return new StaticArray<i32>(2)[n];
}`;
const PACKAGE = `export function div(a: i32, b: i32): i32 { return a / b; }
export function fail(): void { throw new Error("in a package"); }`;

/** Kernels, an argument that they fail with, the line that does it, and what is said. */
const ROWS = [
  ["get", 5, 6, "Abort: Index out of range"],
  ["repeat", -1, 11, "Abort: Invalid length"],
  ["key", 7, 16, "Abort: Key does not exist"],
  ["length", -1, 19, "Abort: Invalid length"],
  ["divided", 0, 23, "RuntimeError: divide by zero"],
  ["thrown", 9, 27, "Abort: in a package"],
  ["sorted", 1, 33, "Abort: in callback"],
  ["deep", 4, 41, "Abort: Index out of range"],
] as const;

/** Whether a line is in a function. */
function isIn(line: number, name: string): boolean {
  const lines = SOURCE.split("\n");
  const first = lines.findIndex((text) => text.includes(`function ${name}(`));
  return line > first && line <= lines.indexOf("}", first) + 1;
}

describe.each([0, 3] as const)("optimised with %i", (optimize) => {
  let kernels: Kernels;
  beforeAll(async () => {
    const url = written({ "k.ts": SOURCE, "node_modules/sums/assembly/index.ts": PACKAGE });
    kernels = await compileKernels(url, { cache: false, optimize });
  }, 30_000);

  it.each(ROWS)("%s", async (name, argument, line, text) => {
    const error = await new SerialExecutor()
      .submit(kernels[name] as Kernel<(n: number) => number>, [argument])
      .catch((error: Error) => error);
    const [, at, found, said] =
      /^\w+ \(k\.ts\) failed (at|near) k\.ts:(\d+):\d+: (.*)$/.exec((error as Error).message) ?? [];
    expect(said).toBe(text);
    if (optimize === 0) expect([at, Number(found)]).toEqual(["at", line]);
    else
      expect(
        [name, name === "deep" ? "inner" : name].some((one) => isIn(Number(found), one)),
        found,
      ).toBe(true);
  });
});

it("top-level statements fail at their line", { timeout: 30_000 }, async () => {
  const url = written({
    "k.ts": "const a = new Array<i32>(2);\nconst v = a[5];\nexport function f(i: i32): i32 { return a[i] + v; }",
  });
  const { f } = await compileKernels<{ f(i: number): number }>(url, { cache: false });
  const pool = new AsyncExecutor({ workers: 1 });
  onTestFinished(() => pool.shutdown());
  await expect(pool.submit(f, [1])).rejects.toThrow(/^f \(k\.ts\) failed at k\.ts:2:11: Abort: Index out of range$/);
});
