/**
 * Builds the package: `npm run build`.
 *
 *   assembly/kernels/x.ts --asc--> build/kernels/x.{wasm,wasm.map,d.ts,js} --copy, check--> dist/kernels/x.wasm{,.map}
 *   assembly/scalar/x.ts  --asc, SIMD off--> the same as x.scalar.*
 *   src/**.ts             --tsc--> dist/**.{js,d.ts}
 *   src/**.schema.json    --copy-> dist/
 *   bench/*.bench.ts      --tsc--> dist/suite/**.js
 *
 * The kernels come first: src takes the types of their exports from build/.
 */
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

/** One line, and no stack: what went wrong is in the sources, not here. */
function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

/** The kernels of a folder: their sources, the names of their modules, and what asc is told beyond asconfig.json. */
function kernelsIn(folder, ending, options) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ source: `${folder}/${file}`, name: basename(file, ".ts") + ending, options }));
}

/** In a process of its own: the optimiser takes up to ten seconds a kernel, on one thread. */
async function compileKernel({ source, name, options }) {
  const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
  // The source map names files relative to the module, and holds their text: the published one needs no assembly/.
  const common = ["--config", "asconfig.json", "--outFile", `build/kernels/${name}.wasm`, "--sourceMap"];
  try {
    await promisify(execFile)(process.execPath, [asc, source, ...common, ...options]);
  } catch (error) {
    process.stderr.write(error.stderr ?? "");
    fail(`${source} does not compile`);
  }
}

function compileTypeScript(folder, config) {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", config], { stdio: "inherit" });
  } catch {
    fail(`${folder} does not compile`);
  }
}

async function shipKernel({ source, name }) {
  const { checkMemoryRules } = await import(pathToFileURL(join(root, "dist/memory/wasm.js")).href);
  try {
    checkMemoryRules(readFileSync(`build/kernels/${name}.wasm`), source);
  } catch (error) {
    fail(error.message);
  }
  copyFileSync(`build/kernels/${name}.wasm`, `dist/kernels/${name}.wasm`);
  const map = JSON.parse(readFileSync(`build/kernels/${name}.wasm.map`, "utf8"));
  const stray = map.sources.find((source) => /^(\/|[a-z]:|file:)/i.test(source));
  if (stray) fail(`the source map of ${name} names the absolute path ${stray}`);
  if (!map.sourcesContent?.every(Boolean)) fail(`the source map of ${name} lacks sources`);
  // The whole standard library is in there, 260 kB a kernel: its names and lines are enough.
  map.sourcesContent = map.sourcesContent.map((text, i) => (map.sources[i].startsWith("~lib/") ? null : text));
  writeFileSync(`dist/kernels/${name}.wasm.map`, JSON.stringify(map));
}

for (const folder of ["dist", "build"]) rmSync(folder, { recursive: true, force: true });
for (const folder of ["dist/kernels", "dist/bench", "build/kernels"]) mkdirSync(folder, { recursive: true });
const kernels = [
  ...kernelsIn("assembly/kernels", "", []),
  ...kernelsIn("assembly/scalar", ".scalar", ["--disable", "simd"]),
];
await Promise.all(kernels.map(compileKernel));
compileTypeScript("src", "tsconfig.build.json");
// Against the declarations of the package that has just been built.
compileTypeScript("bench", "bench/tsconfig.build.json");
for (const kernel of kernels) await shipKernel(kernel);
copyFileSync("src/bench/report.schema.json", "dist/bench/report.schema.json");
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
