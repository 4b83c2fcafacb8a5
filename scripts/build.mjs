/**
 * Builds the package: `npm run build`. Steps whose sources have not changed are skipped (steps/stamp.mjs); `-- --clean`
 * starts anew.
 *
 *   assembly/kernels/x.ts --asc--> build/kernels/x.{wasm,wasm.map,d.ts,js} --check, copy--> dist/kernels/x.wasm{,.map}
 *   assembly/scalar/x.ts  --asc, SIMD off--> the same as x.scalar.*
 *   src/**.ts             --tsc--> build/modules/**.js and dist/**.d.ts, each with its map
 *   build/modules/**.js   --join--> dist/**.js, each with its map
 *   assembly/arrays/x.ts  --allcores build--> build/arrays/x.* --copy--> dist/arrays/kernels/x.wasm{,.map}
 *   src/**.schema.json    --copy, without indents--> dist/
 *   bench/*.bench.ts      --tsc--> dist/suite/**.js
 *
 * The kernels come first: src takes the types of their exports from build/. In dist/ nothing is left but these files.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileArrays, publishedArrays } from "./steps/arrays.mjs";
import { BuildError, removeOthers } from "./steps/files.mjs";
import { joinModules } from "./steps/join.mjs";
import { compileKernels, publishedKernels, publishKernels } from "./steps/kernels.mjs";
import { compiledSuite, compiledTypes, compileSources, compileSuite } from "./steps/typescript.mjs";

const SCHEMA = "bench/report.schema.json";
const COMMAND = "dist/cli/main.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { values } = parseArgs({ options: { clean: { type: "boolean", default: false } } });
if (values.clean) for (const folder of ["dist", "build"]) rmSync(folder, { recursive: true, force: true });

function publishSchema() {
  mkdirSync(dirname(`dist/${SCHEMA}`), { recursive: true });
  writeFileSync(`dist/${SCHEMA}`, JSON.stringify(JSON.parse(readFileSync(`src/${SCHEMA}`, "utf8"))));
}

async function build() {
  await compileKernels();
  compileSources();
  const joined = await joinModules();
  // Before the suite is compiled: it must not find a declaration whose source has gone.
  removeOthers("dist", [
    ...compiledTypes(),
    ...joined,
    ...compiledSuite(),
    ...publishedKernels(),
    ...publishedArrays(),
    `dist/${SCHEMA}`,
  ]);
  compileSuite();
  await publishKernels();
  await compileArrays();
  publishSchema();
  if (existsSync(COMMAND)) chmodSync(COMMAND, 0o755);
}

try {
  await build();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
