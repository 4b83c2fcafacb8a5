/** Which files `compileKernels` takes, and with which options. */
import { CompileError, SerialExecutor } from "allcores";
import { compileKernels } from "allcores/compile";
import { describe, expect, it } from "vitest";
import { compiled, newFolder, written } from "./sources.js";

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
    [["file:///k.js"], /^TypeError: url must name an AssemblyScript file, x\.ts, got \/k\.js/],
    [["file:///it%22s.ts"], /^TypeError: url must name a file without quotes \("\), .* got "it\\"s\.ts"/],
    [["file:///a%0Ab.ts"], /^TypeError: url must name a file without .* line breaks/],
    [["file:///k.ts", { arenas: 1 }], /^TypeError: options has arena, .*, and no "arenas"/],
    [["file:///k.ts", null], /^TypeError: options must be an options object/],
  ])("%j", async (args, message) => {
    const outcome = await compileKernels(...(args as [string])).catch(String);
    expect(outcome).toMatch(message);
  });

  it.each(["a#1.ts", "a b%20?.ts", "-k.ts", "--baseDir.ts", "it's.ts", "größe.ts", "a.b.ts", "~x.ts"])(
    "a file may be called %s",
    { timeout: 30_000 },
    async (file) => {
      const url = written({ [file]: "export function bad(a: i32): i32 {\n  return 1 / a;\n}" });
      const { bad } = await compileKernels<{ bad(a: number): number }>(url, { cache: false });
      await expect(new SerialExecutor().submit(bad, [0])).rejects.toThrow(
        `bad (${file}) failed at ${file}:2:10: RuntimeError: divide by zero`,
      );
    },
  );

  it("a file that is not there", { timeout: 30_000 }, async () => {
    const folder = newFolder();
    const running = compileKernels(new URL(`file://${folder}/missing.ts`), { cache: false });
    await expect(running).rejects.toThrow(CompileError);
    await expect(running).rejects.toThrow(
      `${folder}/missing.ts not found: new URL("./missing.ts", import.meta.url) is beside the module that runs`,
    );
  });

  it("a name that the file does not export", { timeout: 30_000 }, async () => {
    const { g } = await compiled<{ g(a: number): number }>("export function f(a: i32): i32 { return a; }");
    const running = new SerialExecutor().submit(g, [1]);
    await expect(running).rejects.toThrow(
      /^kernel must be a handle .* or compileKernels, got undefined: is it exported/,
    );
  });
});
