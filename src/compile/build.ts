/**
 * A file of kernels, compiled beforehand: `x.ts` ─> `x.wasm` (+ `.map`), `x.js` and `x.d.ts`, which need no compiler.
 * In packages that are not of `"type": "module"` these are `x.mjs` and `x.d.mts`: Node would take `x.js` for CommonJS.
 */
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { PREBUILT_SLOTS } from "../memory/layout.js";
import { prebuiltSlot, slotBase } from "../memory/slots.js";
import { optionsObject, show, wholeNumber } from "../validate.js";
import { declarations, javascript } from "./emit.js";
import { isModuleFolder, writeWhole } from "./files.js";
import { compiledOf } from "./kernels.js";
import { type CompileOptions, checkedOptions, kernelFile, reportWarnings } from "./options.js";
import { compileInThread } from "./thread.js";

/** A file that the compiler read (with the SHA-256 of its text, in hex), or did not find (without). */
export interface BuildInput {
  readonly path: string;
  readonly digest: string | undefined;
}

export interface BuildOptions extends Omit<CompileOptions, "cache"> {
  /** The folder for the files, made if it is not there. */
  readonly outDir: string;
  /** Which of the 1,024 slots holds the module's static data; default: by a hash of the sources and options. */
  readonly slot?: number | undefined;
  /** Called with the files that the result depends on, also when the compilation failed. */
  readonly onInputs?: ((inputs: readonly BuildInput[]) => void) | undefined;
}

export interface BuildResult {
  /** The files that were written. */
  readonly files: readonly string[];
  /** The names of the kernels. */
  readonly kernels: readonly string[];
  readonly slot: number;
}

/**
 * Compiles a file of kernels to files that need no compiler: a Wasm module, a JS module that exports the handles, and
 * its types: `x.js` and `x.d.ts`, or `x.mjs` and `x.d.mts` in a package that is not of `"type": "module"`. Needs the package `assemblyscript`.
 * @throws CompileError with file:line:column and the code, for all errors at once; UnsupportedError without the compiler
 */
export async function buildKernels(url: URL | string, options: BuildOptions): Promise<BuildResult> {
  optionsObject("options", options);
  const { outDir, onInputs } = options;
  if (typeof outDir !== "string") throw new TypeError(`outDir must be a folder, got ${show(outDir)}`);
  const file = kernelFile(url);
  const name = basename(file, ".ts");
  if (options.slot !== undefined) wholeNumber("slot", options.slot, 0, PREBUILT_SLOTS - 1);
  const settings = checkedOptions(options, ["outDir", "slot", "onInputs"]);
  const compileFor = async (slot: number) => {
    const reply = await compileInThread({ file, base: slotBase(slot), ...settings });
    if (reply.state !== "missing")
      onInputs?.(reply.state === "done" ? reply.compiled.dependencies : reply.dependencies);
    return compiledOf(reply);
  };
  let slot = options.slot ?? 0;
  let compiled = await compileFor(slot);
  if (options.slot === undefined) {
    // The sources are known only after a compilation; a module without static data is the same for every slot.
    const { checked, ...others } = settings;
    const content = compiled.dependencies.map(({ digest }) => digest ?? "");
    content.push(JSON.stringify(checked ? settings : others));
    content.sort();
    slot = prebuiltSlot(`${name}\n${content.join("\n")}`);
    if (compiled.hasStaticData && slot !== 0) compiled = await compileFor(slot);
  }
  const { wasm, map, kernels, warnings } = compiled;
  reportWarnings(warnings, options);
  const source = basename(file);
  const m = (await isModuleFolder(outDir)) ? "" : "m";
  const contents: Record<string, string | Uint8Array> = {
    [`${name}.wasm`]: wasm,
    [`${name}.wasm.map`]: map,
    [`${name}.${m}js`]: javascript(name, source, kernels),
    [`${name}.d.${m}ts`]: declarations(source, kernels),
  };
  await mkdir(outDir, { recursive: true });
  for (const [path, content] of Object.entries(contents)) await writeWhole(join(outDir, path), content);
  return {
    files: Object.keys(contents).map((path) => join(outDir, path)),
    kernels: kernels.map((kernel) => kernel.name),
    slot,
  };
}
