/**
 * Builds the package: `npm run build`.
 *
 *   assembly/kernels/x.ts --asc--> build/kernels/x.{wasm,wasm.map,d.ts,js} --copy, check--> dist/kernels/x.wasm{,.map}
 *   src/**.ts             --tsc--> dist/**.{js,d.ts}
 *   src/**.schema.json    --copy-> dist/
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

/** In a process of its own: the optimiser takes up to ten seconds a kernel, on one thread. */
async function compileKernel(file) {
  const name = basename(file, ".ts");
  const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
  // The source map names files relative to the module, and holds their text: the published one needs no assembly/.
  const options = ["--config", "asconfig.json", "--outFile", `build/kernels/${name}.wasm`, "--sourceMap"];
  try {
    await promisify(execFile)(process.execPath, [asc, `assembly/kernels/${file}`, ...options]);
  } catch (error) {
    process.stderr.write(error.stderr ?? "");
    fail(`assembly/kernels/${file} does not compile`);
  }
  return name;
}

function compileTypeScript() {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });
  } catch {
    fail("src does not compile");
  }
}

async function shipKernel(name) {
  const { checkMemoryRules } = await import(pathToFileURL(join(root, "dist/memory/wasm.js")).href);
  try {
    checkMemoryRules(readFileSync(`build/kernels/${name}.wasm`), `assembly/kernels/${name}.ts`);
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
const files = readdirSync("assembly/kernels").filter((file) => file.endsWith(".ts"));
const names = await Promise.all(files.map(compileKernel));
compileTypeScript();
for (const name of names) await shipKernel(name);
copyFileSync("src/bench/report.schema.json", "dist/bench/report.schema.json");
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
