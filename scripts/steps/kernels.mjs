/**
 * The kernels: each is compiled by a process of its own, unless its stamp covers what it depends on, and copied to dist/
 * once it keeps the rules of shared memory.
 */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, posix, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { BuildError, digestOf, digestOfFile, digestsOf, removeOthers } from "./files.mjs";
import { Stamp } from "./stamp.mjs";

const require = createRequire(import.meta.url);
const CONFIG = "asconfig.json";
const COMPILED = [".wasm", ".wasm.map", ".d.ts", ".js"];
const PUBLISHED = [".wasm", ".wasm.map"];

/** The kernels of a folder: their sources, the names of their modules, and asc's options beyond asconfig.json. */
function kernelsIn(folder, ending, options) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ source: `${folder}/${file}`, name: basename(file, ".ts") + ending, options }));
}

const allKernels = () => [
  ...kernelsIn("assembly/kernels", "", []),
  ...kernelsIn("assembly/scalar", ".scalar", ["--disable", "simd"]),
];

const compiledFiles = ({ name }) => COMPILED.map((ending) => `build/kernels/${name}${ending}`);
const publishedFiles = ({ name }) => PUBLISHED.map((ending) => `dist/kernels/${name}${ending}`);

/** What the build puts into dist/ for the kernels. */
export const publishedKernels = () => allKernels().flatMap(publishedFiles);

/** The files that a source imports, by whatever way, itself included; a name in a comment costs one compilation more. */
function importedFiles(source, found = new Set()) {
  if (found.has(source) || !existsSync(source)) return found;
  found.add(source);
  for (const [, path] of readFileSync(source, "utf8").matchAll(/["'](\.{1,2}\/[^"'\n]+)["']/g))
    for (const ending of [".ts", "/index.ts"])
      importedFiles(posix.join(posix.dirname(source), path.replace(/\.ts$/, "")) + ending, found);
  return found;
}

/** The version of the compiler, and of the optimiser that it calls: both decide what a module holds. */
export function compilerVersions() {
  const compiler = require.resolve("assemblyscript/package.json");
  const optimiser = createRequire(compiler).resolve("binaryen/package.json");
  return [compiler, optimiser].map((path) => JSON.parse(readFileSync(path, "utf8")).version);
}

/** Compiles the kernels that have changed. All are tried before the first that fails ends the build. */
export async function compileKernels() {
  mkdirSync("build/kernels", { recursive: true });
  const kernels = allKernels();
  const versions = compilerVersions();
  const outcomes = await Promise.allSettled(kernels.map((kernel) => compileKernel(kernel, versions)));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  removeOthers("build/kernels", kernels.flatMap(compiledFiles));
}

// The source map names files relative to the module, and holds their text: the published one needs no assembly/.
const argumentsFor = ({ source, name, options }) =>
  [source, "--config", CONFIG, "--outFile", `build/kernels/${name}.wasm`, "--sourceMap"].concat(options);

/** A digest of all that decides what a kernel's module holds. */
export function inputsOf(kernel, versions) {
  const sources = digestsOf([...importedFiles(kernel.source)]);
  return digestOf(versions, argumentsFor(kernel), digestOfFile(CONFIG), sources);
}

async function compileKernel(kernel, versions) {
  const inputs = inputsOf(kernel, versions);
  const stamp = new Stamp(`kernels/${kernel.name}`);
  if (stamp.covers(inputs)) return;
  stamp.remove();
  // A kernel that fails must not be there as it was before.
  for (const path of [...compiledFiles(kernel), ...publishedFiles(kernel)]) rmSync(path, { force: true });
  try {
    // In a process of its own: the optimiser takes up to ten seconds a kernel, on one thread.
    // V8 is kept from optimising that, which a small kernel would not get back: 2.3 in place of 2.7 s, large ones the same.
    const asc = require.resolve("assemblyscript/bin/asc.js");
    await promisify(execFile)(process.execPath, ["--wasm-tiering-budget=72000000", asc, ...argumentsFor(kernel)]);
  } catch (error) {
    process.stderr.write(error.stderr ?? "");
    throw new BuildError(`${kernel.source} does not compile`);
  }
  stamp.write(inputs, compiledFiles(kernel));
}

/** Checks each kernel by the rules of shared memory, and copies it to dist/. */
export async function publishKernels() {
  const { checkMemoryRules } = await import(pathToFileURL(resolve("dist/memory/wasm.js")).href);
  mkdirSync("dist/kernels", { recursive: true });
  for (const kernel of allKernels()) {
    const [module, map] = compiledFiles(kernel);
    const [publishedModule, publishedMap] = publishedFiles(kernel);
    try {
      checkMemoryRules(readFileSync(module), kernel.source);
    } catch (error) {
      for (const path of publishedFiles(kernel)) rmSync(path, { force: true });
      throw new BuildError(error.message);
    }
    const text = sourceMapWithoutLibrary(kernel.name, readFileSync(map, "utf8"));
    copyFileSync(module, publishedModule);
    writeFileSync(publishedMap, text);
  }
}

/** The map of a module without the text of the standard library, 260 kB a kernel: its names and lines are enough. */
function sourceMapWithoutLibrary(name, json) {
  const map = JSON.parse(json);
  const stray = map.sources.find((source) => /^(\/|[a-z]:|file:)/i.test(source));
  if (stray) throw new BuildError(`the source map of ${name} names the absolute path ${stray}`);
  if (!map.sourcesContent?.every(Boolean)) throw new BuildError(`the source map of ${name} lacks sources`);
  map.sourcesContent = map.sourcesContent.map((text, i) => (map.sources[i].startsWith("~lib/") ? null : text));
  return JSON.stringify(map);
}
