/** What does not compile, or can't be a kernel: one CompileError with file:line:column, the code with a caret, and why. */
import { CompileError, SerialExecutor, wasmKernel } from "allcores";
import { compileKernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { compiled, refusal, saidOfEach, written } from "./sources.js";

const f = (body: string, head = "f(a: i32): i32") => `\nexport function ${head} {\n  ${body}\n}`;

/** Rows whose errors are of one stage of the compiler: one compilation for all. */
function together(rows: readonly (readonly [what: string, source: string, message: RegExp])[]): void {
  let said: readonly string[];
  beforeAll(async () => {
    ({ said } = await saidOfEach(rows.map(([, source]) => source)));
  }, 30_000);
  it.each(rows.map(([what, , message], i) => ({ what, message, i })))("$what", ({ message, i }) => {
    expect(said[i]).toMatch(message);
    expect(said[i]).toMatch(/\n> \d+ \| .*\n +\| +\^/);
  });
}

describe("errors teach", { timeout: 30_000 }, () => {
  describe("about the syntax", () => {
    together([
      ["async", "\nexport async function f(): Promise<void> {}", /kernels\.ts:2:1: .*a kernel is not async/],
      ["await", f("await a; return a;"), /kernels\.ts:3:3: Expression expected: there is no await/],
      ["??", f("const m = new Map<i32, i32>(); return m.get(1) ?? 0;"), /there are no \?\? and \?\.: .*map\.has/],
      ["destructuring", f("const [b, c] = [1, 2]; return b;"), /there is no destructuring/],
      ["unions", f("const s: i32 | string = 1; return 1;"), /union types: a type is one type/],
      [
        "a package of npm",
        `import { x } from "lodash";${f("return x;")}`,
        /packages and modules of Node are not for kernels/,
      ],
      ["an extension", `import { x } from "./x.js";${f("return x;")}`, /leave the extension out/],
      ["broken syntax", f("return a +;"), /kernels\.ts:3:13: Expression expected/],
      [
        "a file that is not there",
        `import { x } from "./x";${f("return x;")}`,
        /kernels\.ts:1:19: File 'x\.ts' not found/,
      ],
    ]);
  });

  describe("about names and types", () => {
    together([
      [
        "a wrong type",
        f("return 1.5 * <f64>a;"),
        /kernels\.ts:3:10: Conversion from type 'f64' to 'i32' .*to cut them off, write <i32>\(\.\.\.\)\n/,
      ],
      [
        "a missing return",
        f("if (a > 1) return 1;"),
        /kernels\.ts:2:28: .*must return a value: each path must end with a return\n/,
      ],
      [
        "a name of a type that the function uses",
        f("return <f32>1.5 * a;", "f32(a: f32): f32"),
        /Cannot find name 'f32': a function or variable of this file is called f32/,
      ],
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
      [
        "a sum in an i32",
        f("let s = 0; s += 1.5; return s;"),
        /declare it so \(let s: f64 = 0: a bare 0 makes an i32\); .* <i32>/,
      ],
      ["a parameter that may be left out", f("return a;", "f(a?: i32): i32"), /kernels have no optional parameters/],
      ["object literals", f("const p = { x: 1 }; return p.x;"), /there are no object literals: write a class/],
      ["for of", f("for (const v of [1, 2]) a += v; return a;"), /Iterators: loop over the indices/],
      ["spread", f("const b = [1, 2]; const c = [...b, 3]; return c[0];"), /Spread operator: use list\.concat/],
      ["JSON", f("return JSON.parse(a);"), /Cannot find name 'JSON': there is no JSON in a kernel/],
      ["numbers into texts", f('return ("a" + a).length;'), /kernels\.ts:3:\d+: .*write value\.toString\(\)/],
      [
        "the length of a Ptr",
        `import { Ptr } from "allcores/assembly";${f("return x.size;", "f(x: Ptr<f64>): i32")}`,
        /has x\[i\], x\.length, x\.at\(i\) and x\.from\(i\)/,
      ],
      [
        "Shared as an array",
        `import { Shared } from "allcores/assembly";${f("x[0] += 1; return 1;", "f(x: Shared<i32>): i32")}`,
        /changed by load\(i\), store\(i, value\), add/,
      ],
      [
        "a parameter without type",
        f("return 1;", "f(a): i32"),
        /Type expected: parameters, results and variables .* need types/,
      ],
      ["any", f("return 1;", "f(a: any): i32"), /Cannot find name 'any': every type is known/],
      [
        "writing into a Whole",
        f("a[0] = 1; return 1;", "f(a: Whole<i32>): i32"),
        /kernels\.ts:3:3: .*only permits reading/,
      ],
    ]);
  });

  it.each<[what: string, source: string, message: RegExp | string]>([
    [
      "an unknown name",
      f("return total + a;"),
      "CompileError: kernels.ts does not compile:\n\nkernels.ts:3:10: Cannot find name 'total'.\n" +
        "  2 | export function f(a: i32): i32 {\n> 3 |   return total + a;\n    |          ^^^^^",
    ],
    ["a name of a type", f("return a;", "f32(a: i32): i32"), /kernels\.ts:2:17: f32 is the name of a type/],
    [
      "a function in a constant",
      "const a = 1;\nexport const f = (begin: i32, end: i32): void => {};",
      /kernels\.ts:2:14: .*write export function/,
    ],
  ])("%s", async (_, source, message) => {
    const text = await refusal(source);
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
    expect(text).toMatch(/^CompileError: /);
    expect(text).toMatch(/\n> \d+ \| .*\n +\| +\^/);
  });

  it("a file with a name of the library's is the user's own", async () => {
    const url = written({ "date.ts": f("memory.grow(1); return <i32>Date.now();") });
    await expect(compileKernels(url, { cache: false })).rejects.toThrow(
      /date\.ts:3:26: there is no clock[\s\S]*date\.ts:3:3: a kernel can't grow/,
    );
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

  it("a closure is one error, and not also what follows from it", async () => {
    const text = await refusal(f("let b = a; let g = (): i32 => b; return g();"));
    expect(text.match(/^kernels\.ts:/gm)).toHaveLength(1);
  });

  it("packages are looked at as the user's own files are", async () => {
    const url = written({
      "kernels.ts": 'import { add } from "lists/assembly"; export function f(a: i32): i32 { return add(a); }',
      "node_modules/lists/assembly/index.ts":
        "const list: i32[] = [1];\nexport function add(a: i32): i32 { list.push(a); return list.length; }",
    });
    await expect(compileKernels(url, { cache: false })).rejects.toThrow(
      /lists\/assembly\/index\.ts:1:7: list would lie in the memory that all workers share/,
    );
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
  describe("about what kernels use", () => {
    together([
      ["console", f("console.log(a.toString()); return a;"), /kernels\.ts:3:3: there is no console .*use trace\(/],
      [
        "Math.random",
        f("// Math.random\n  return <i32>(Math.random() * 9);"),
        /kernels\.ts:4:16: Math\.random would differ .*Random/,
      ],
      ["Date", f("return <i32>Date.now();"), /kernels\.ts:3:10: there is no clock/],
      [
        "other imports",
        `declare function host(a: i32): i32;${f("return host(a);")}`,
        /kernels\.ts:1:1: a kernel may import .* kernels\.host/,
      ],
      [
        "other imports under another name",
        `@external("env", "foo")\ndeclare function host(a: i32): i32;${f("return host(a);")}`,
        /kernels\.ts:1:1: a kernel may import .* env\.foo/,
      ],
      [
        "memory growth under another name",
        `import { memory as m } from "memory";${f("return m.grow(1);")}`,
        /kernels\.ts:3:10: a kernel can't grow the memory/,
      ],
      [
        "lists in shared memory",
        `const list: i32[] = [1, 2];${f("list.push(a); return list[0];")}`,
        /kernels\.ts:1:7: list would lie in the memory that all workers share, .* write \(<Array<i32>>\[\.\.\.\]\)\.slice\(0\)/,
      ],
      [
        "lists in shared memory in parentheses and fields",
        `class F { static readonly t: f64[] = [1]; }\nconst b: u8[] = ([1]);\n${f("return <i32>F.t[0] + b[0];")}`,
        /:1:11: t would lie[\s\S]*:2:7: b would lie.* StaticArray<u8>/,
      ],
      ["defaults", f("return a + b;", "f(a: i32, b: i32 = 3): i32"), /kernels\.ts:2:36: b has a default/],
      [
        "memory growth in a template",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the kernel's
        f("return (`${memory.grow(1)}`).length;"),
        /kernels\.ts:3:14: a kernel can't grow/,
      ],
      [
        "objects in variables",
        `class S { static last: string = ""; }\nlet cache: Float64Array | null = null;${f("cache = new Float64Array(a); S.last = a.toString(); return 1;")}`,
        /:1:11: last is a variable .* gone when the call returns[\s\S]*:2:5: cache is a variable .* gone when the call returns/,
      ],
      [
        "exported constants that each instance computes",
        `export const t = Math.sin(2);${f("return a;")}`,
        /kernels\.ts:1:14: each worker computes its own \w+: export a function/,
      ],
      ["memory growth", f("return memory.grow(1);"), /kernels\.ts:3:10: a kernel can't grow the memory/],
      [
        "exported variables",
        `export let calls = 0;${f("return ++calls;")}`,
        /kernels\.ts:1:12: \w+ is a variable .* can't be exported/,
      ],
      [
        "parameters of other types",
        f("return a.length;", "f(a: string): i32"),
        /kernels\.ts:2:19: kernels take numbers, Ptr<T>, Whole<T>, Shared<T>, Rows<T>, Blocks<T>, Acc<T> and Texts, and \w+ takes String/,
      ],
      [
        "results of other types",
        f("return a.toString();", "f(a: i32): string"),
        /kernels\.ts:2:28: kernels return a number or nothing, and \w+ returns String/,
      ],
      [
        "arrays that the heap has not",
        f("return a[0];", "f(a: Ptr<bool>): bool"),
        /kernels\.ts:2:19: no array of the heap holds bool/,
      ],
    ]);
  });

  it.each<[what: string, source: string, message: RegExp]>([
    [
      "more static data than a slot holds",
      `const big = memory.data(70000);${f("return load<i32>(big);")}`,
      /kernels\.ts:1:1: kernels\.ts has more static data/,
    ],
    [
      "@vectorize in another comment",
      "// @vectorize\nexport function f(a: f64): f64 { return a; }",
      /kernels\.ts:1:4: a @vectorize that marks no kernel/,
    ],
    [
      "@vectorize as a decorator",
      "@vectorize\nexport function f(a: f64): f64 { return a; }",
      /kernels\.ts:1:1: a @vectorize that marks no kernel/,
    ],
    [
      "@vectorize of what is not exported",
      "/** @vectorize */\nfunction f(a: f64): f64 { return a; }\nexport { f };",
      /kernels\.ts:1:5: a @vectorize that marks no kernel/,
    ],
    ["a file without kernels", "function f(a: i32): i32 { return a; }", /kernels\.ts:1:1: it exports no function/],
    [
      "@vectorize of a generic function",
      "/** @vectorize */ export function f<T>(a: T): T { return a; }",
      /kernels\.ts:1:35: a @vectorize function .* can't be generic/,
    ],
    [
      "@vectorize of other types",
      "/** @vectorize */ export function f(a: string): f64 { return 1; }",
      /kernels\.ts:1:35: a @vectorize function takes numbers/,
    ],
    [
      "@vectorize of end",
      "/** @vectorize */ export function end(a: f64): f64 { return a; }",
      /kernels\.ts:1:35: a @vectorize function can't be called end/,
    ],
    [
      "@vectorize without result",
      "/** @vectorize */ export function f(a: f64): void {}",
      /a @vectorize function returns a number/,
    ],
  ])("%s", async (_, source, message) => {
    expect(await refusal(source)).toMatch(message);
  });

  it("@vectorize in prose, texts and code that is commented out is no mark", async () => {
    const source = [
      "/** Not a @vectorize function. */",
      "export function f(x: f64): f64 { return x; }",
      "// /** @vectorize */ export function g(x: f64): f64 { return x; }",
      "// @vectorize would be slower here",
      "/* export function h(x: f64): f64 { return x; } // @vectorize */",
      "export function n(): i32 { return '/** @vectorize */ export function t(x: f64): f64'.length; }",
    ].join("\n");
    const { f, ...others } = await compiled<{ f(x: number): number; n(): number }>(source);
    expect(Object.keys(others)).toEqual(["n"]);
    expect(await new SerialExecutor().submit(f, [3])).toBe(3);
  });

  it("@vectorize in imported files", async () => {
    const url = written({
      "k.ts": 'export { f } from "./lib/f";',
      "lib/f.ts": "/** @vectorize */ export function f(a: f64): f64 { return a; }",
    });
    await expect(compileKernels(url, { cache: false })).rejects.toThrow(
      /\nlib\/f\.ts:1:5: a @vectorize in an imported file/,
    );
  });

  it("ranges whose ends are of two types are warned of, and constants are not", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => void warnings.push(warning);
    const source = "class F { static readonly t: i32 = 3; static readonly list: StaticArray<i32> = [1]; }";
    await compiled(
      `${source}\nexport function f(begin: i32, end: i64): i32 { return begin + <i32>end + F.t + F.list[0]; }`,
      { onWarning },
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^kernels\.ts:2:31: begin and end are both i32, u32, .* or usize .*: f can't be one/);
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
