/** What does not compile, or can't be a kernel: one CompileError with file:line:column, the code with a caret, and why. */
import { CompileError, SerialExecutor, wasmKernel } from "allcores";
import { compileKernels } from "allcores/compile";
import { describe, expect, it } from "vitest";
import { compiled, newFolder, refusal, written } from "./sources.js";

const f = (body: string, head = "f(a: i32): i32") => `\nexport function ${head} {\n  ${body}\n}`;

describe("errors teach", { timeout: 30_000 }, () => {
  it.each<[what: string, source: string, message: RegExp | string]>([
    [
      "an unknown name",
      f("return total + a;"),
      "CompileError: kernels.ts does not compile:\n\nkernels.ts:3:10: Cannot find name 'total'.\n" +
        "  2 | export function f(a: i32): i32 {\n> 3 |   return total + a;\n    |          ^^^^^",
    ],
    [
      "a wrong type",
      f("return 1.5 * <f64>a;"),
      /kernels\.ts:3:10: Conversion from type 'f64' to 'i32' .*: write <i32>\(\.\.\.\)\n/,
    ],
    [
      "a missing return",
      f("if (a > 1) return 1;"),
      /kernels\.ts:2:28: .*must return a value: each path must end with a return\n/,
    ],
    ["a name of a type", f("return a;", "f32(a: i32): i32"), /kernels\.ts:2:1: f32 is the name of a type/],
    [
      "a closure",
      f("let b = a; let g = (): i32 => b; return g();"),
      /kernels\.ts:3:33: Not implemented: Closures: .*pass them as arguments/,
    ],
    [
      "an exception",
      f("try { a++; } catch (e) {} return a;"),
      /kernels\.ts:3:3: Not implemented: Exceptions: there is no try/,
    ],
    ["broken syntax", f("return a +;"), /kernels\.ts:3:13: Expression expected/],
    ["a parameter without type", f("return 1;", "f(a): i32"), /Type expected: parameters and results need types/],
    ["any", f("return 1;", "f(a: any): i32"), /Cannot find name 'any': every type is known/],
    [
      "a file that is not there",
      `import { x } from "./x";${f("return x;")}`,
      /kernels\.ts:1:19: File 'x\.ts' not found/,
    ],
  ])("%s", async (_, source, message) => {
    const text = await refusal(source);
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
    expect(text).toMatch(/^CompileError: /);
    expect(text).toMatch(/\n> \d+ \| .*\n +\| +\^/);
  });

  it("a forgotten import", async () => {
    const url = written({ "kernels.ts": "export function f(x: Ptr<f32>): void {}" });
    await expect(compileKernels(url, { cache: false })).rejects.toThrow(
      /kernels\.ts:1:22: Cannot find name 'Ptr': import \{ Ptr \} from "allcores\/assembly"/,
    );
  });

  it("all errors come at once", async () => {
    const text = await refusal(`${f("return one;")}\nexport function g(a: i32): i32 { return two; }`);
    expect(text).toMatch(/'one'[\s\S]*'two'/);
  });

  it("errors of imported files name these", async () => {
    const url = written({
      "kernels.ts": 'import { g } from "./lib/helpers"; export function f(a: i32): i32 { return g(a); }',
      "lib/helpers.ts": "export function g(a: i32): i32 {\n  return wrong;\n}",
    });
    await expect(compileKernels(url, { cache: false })).rejects.toThrow(
      /\nlib\/helpers\.ts:2:10: Cannot find name 'wrong'/,
    );
  });
});

describe("refused with the reason and the line", { timeout: 30_000 }, () => {
  it.each<[what: string, source: string, message: RegExp]>([
    ["console", f("console.log(a.toString()); return a;"), /kernels\.ts:3:3: there is no console .*use trace\(/],
    [
      "Math.random",
      f("// Math.random\n  return <i32>(Math.random() * 9);"),
      /kernels\.ts:4:16: Math\.random would differ .*Random/,
    ],
    ["Date", f("return <i32>Date.now();"), /kernels\.ts:3:15: there is no clock/],
    [
      "other imports",
      `declare function host(a: i32): i32;${f("return host(a);")}`,
      /kernels\.ts:1:1: a kernel may import .* kernels\.host/,
    ],
    ["memory growth", f("return memory.grow(1);"), /kernels\.ts:3:10: a kernel can't grow the memory/],
    [
      "exported variables",
      `export let calls = 0;${f("return ++calls;")}`,
      /kernels\.ts:1:12: calls is a variable .* can't be exported/,
    ],
    [
      "parameters of other types",
      f("return a.length;", "f(a: string): i32"),
      /kernels\.ts:2:19: kernels take numbers, Ptr<T>, Whole<T> and Shared<T>, and f takes String/,
    ],
    [
      "results of other types",
      f("return a.toString();", "f(a: i32): string"),
      /kernels\.ts:2:28: kernels return a number or nothing, and f returns String/,
    ],
    [
      "arrays that the heap has not",
      f("return a[0];", "f(a: Ptr<i64>): i64"),
      /kernels\.ts:2:19: no array of the heap holds i64/,
    ],
    ["a file without kernels", "function f(a: i32): i32 { return a; }", /kernels\.ts:1:1: it exports no function/],
    [
      "@vectorize of other types",
      "/** @vectorize */ export function f(a: string): f64 { return 1; }",
      /kernels\.ts:1:35: a @vectorize function takes numbers/,
    ],
    [
      "@vectorize without result",
      "/** @vectorize */ export function f(a: f64): void {}",
      /a @vectorize function returns a number/,
    ],
    [
      "writing into a Whole",
      f("a[0] = 1; return 1;", "f(a: Whole<i32>): i32"),
      /kernels\.ts:3:3: .*only permits reading/,
    ],
  ])("%s", async (_, source, message) => {
    expect(await refusal(source)).toMatch(message);
  });

  it("variables at top level are warned of", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => void warnings.push(warning);
    await compiled(`let calls = 0; const fine = 1;${f("return ++calls + fine;")}`, { onWarning });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^kernels\.ts:1:5: calls is a variable at top level: each worker has its own/);
  });

  it("modules of other builds that allocate are told how to be built", async () => {
    const asc = (await import("assemblyscript/asc")).default;
    for (const runtime of ["incremental", "minimal", "stub"]) {
      const { binary } = await asc.compileString(
        "export function f(n: i32): i32 { return new Array<i32>(n).length; }",
        {
          runtime,
          importMemory: true,
          sharedMemory: true,
          maximumMemory: "65535",
          initialMemory: "1",
          enable: "threads",
          exportRuntime: true,
        } as never,
      );
      await using executor = new SerialExecutor();
      const running = executor.submit(wasmKernel(binary as Uint8Array, "f"), [1]);
      await expect(running).rejects.toThrow(CompileError);
      await expect(running).rejects.toThrow(/data segment|mutable global/);
    }
  });
});

describe("arguments of compileKernels", () => {
  it.each<[args: unknown[], message: RegExp]>([
    [["./kernels.ts"], /^TypeError: url must be a URL/],
    [[undefined], /^TypeError: url must be a URL/],
    [["https://example.com/kernels.ts"], /^UnsupportedError: kernels are compiled from file: URLs/],
    [["file:///k.ts", { arena: 10 }], /^RangeError: arena must be a whole number from 65536 to 1073741824/],
    [["file:///k.ts", { arena: "much" }], /^RangeError: arena must be a size/],
    [["file:///k.ts", { optimize: 4 }], /^RangeError: optimize/],
    [["file:///k.ts", { assert: 1 }], /^TypeError: assert must be a boolean/],
    [["file:///k.ts", { onWarning: 1 }], /^TypeError: onWarning must be a function/],
    [["file:///k.ts", null], /^TypeError: options must be an options object/],
  ])("%j", async (args, message) => {
    const outcome = await compileKernels(...(args as [string])).catch(String);
    expect(outcome).toMatch(message);
  });

  it("a file that is not there", { timeout: 30_000 }, async () => {
    const url = new URL(`file://${newFolder()}/missing.ts`);
    await expect(compileKernels(url, { cache: false })).rejects.toThrow(/missing\.ts.* not found/);
  });
});
