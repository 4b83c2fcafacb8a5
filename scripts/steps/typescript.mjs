/**
 * What TypeScript compiles: src/ to build/modules/, with declarations in dist/, incrementally, and the suite of `allcores bench` against the declarations of the
 * package that has just been built.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { BuildError, digestOf, digestsOf, filesBelow } from "./files.mjs";
import { Stamp } from "./stamp.mjs";

/** Where the modules of src/ are until they are joined. */
export const MODULES = "build/modules";

/** What TypeScript remembers of src/; it must never be of another time than what it wrote. */
const BUILD_INFO = "build/src.tsbuildinfo";
const SUITE = "dist/suite";
const isDeclaration = (path) => path.endsWith(".d.ts");

/** Configurations, and npm's list of what is installed: TypeScript itself and the types of packages. */
const settings = () => [
  "tsconfig.json",
  "tsconfig.build.json",
  "bench/tsconfig.json",
  "bench/tsconfig.build.json",
  "package.json",
  "node_modules/.package-lock.json",
];

/** Whether it compiled; TypeScript prints what is wrong. */
function compile(...args) {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { status, signal, error } = spawnSync(process.execPath, [tsc, ...args], { stdio: "inherit" });
  if (error) throw error;
  if (signal) throw new BuildError(`TypeScript was ended by ${signal}`);
  return status === 0;
}

/** The paths of sources below src/, without their ending. */
const sources = () =>
  filesBelow("src")
    .filter((path) => path.endsWith(".ts") && !isDeclaration(path))
    .map((path) => path.slice("src/".length, -".ts".length));

/** The modules that TypeScript makes of src/. */
export const compiledModules = () =>
  sources().flatMap((path) => [`${MODULES}/${path}.js`, `${MODULES}/${path}.js.map`]);

/** What it says of their types. */
export const compiledTypes = () => sources().flatMap((path) => [`dist/${path}.d.ts`, `dist/${path}.d.ts.map`]);

const compiledSources = () => [...compiledModules(), ...compiledTypes()];

/**
 * Compiles src/, and only what has changed if all is still as the step left it. Where it is not, TypeScript would take
 * files for compiled that are missing or of another source, and starts anew.
 */
export function compileSources() {
  const kernelTypes = filesBelow("build/kernels").filter(isDeclaration);
  const read = [...filesBelow("src"), ...filesBelow("types"), ...kernelTypes, ...settings()];
  const inputs = digestOf(digestsOf(read));
  const stamp = new Stamp("src");
  if (stamp.covers(inputs)) return;
  if (!stamp.outputs) rmSync(BUILD_INFO, { force: true });
  stamp.remove();
  const compiles = compile("-p", "tsconfig.build.json", "--incremental", "--tsBuildInfoFile", BUILD_INFO);
  if (compiles) return stamp.write(inputs, compiledSources());
  // An error of types: all is written, and TypeScript remembers where it stands. Others may have kept it from writing.
  try {
    stamp.write(null, compiledSources());
  } catch {}
  throw new BuildError("src does not compile");
}

/** The files of the suite, those that it imports included. */
export const compiledSuite = () => filesBelow(SUITE);

export function compileSuite() {
  const sources = filesBelow("bench").filter((path) => path.endsWith(".ts") && !path.startsWith("bench/studies/"));
  const declarations = filesBelow("dist").filter((path) => isDeclaration(path) && !path.startsWith(`${SUITE}/`));
  const inputs = digestOf(digestsOf([...sources, ...declarations, ...settings()]));
  const stamp = new Stamp("suite");
  if (stamp.covers(inputs)) return;
  stamp.remove();
  rmSync(SUITE, { recursive: true, force: true });
  if (!compile("-p", "bench/tsconfig.build.json")) throw new BuildError("bench does not compile");
  stamp.write(inputs, compiledSuite());
}
