/** The kernels of `allcores/arrays`, which the package's own compiler builds as it builds those of users. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BuildError, digestOf, digestsOf, filesBelow, removeOthers } from "./files.mjs";
import { compilerVersions } from "./kernels.mjs";
import { Stamp } from "./stamp.mjs";
import { MODULES } from "./typescript.mjs";

const SOURCES = "assembly/arrays";
const BUILT = "build/arrays";
const PUBLISHED = "dist/arrays/kernels";

const names = () =>
  (existsSync(SOURCES) ? readdirSync(SOURCES) : [])
    .filter((file) => file.endsWith(".ts"))
    .map((file) => basename(file, ".ts"));

const builtFiles = (name) => [".wasm", ".wasm.map", ".js", ".d.ts"].map((ending) => `${BUILT}/${name}${ending}`);

/** What the build puts into dist/ for them. */
export const publishedArrays = () =>
  names().flatMap((name) => [`${PUBLISHED}/${name}.wasm`, `${PUBLISHED}/${name}.wasm.map`]);

/** Compiles the files that have changed, after dist/ has the compiler, and copies all to dist/. */
export async function compileArrays() {
  // What all of them depend on, and the file itself: a change of a shared file compiles all.
  const common = ["assembly/index.ts", "assembly/library", "assembly/lib", "assembly/rt", `${SOURCES}/lib`];
  const shared = [...common.flatMap((path) => (path.endsWith(".ts") ? [path] : filesBelow(path)))];
  const compiler = filesBelow(`${MODULES}/compile`).filter((path) => path.endsWith(".js"));
  const versions = compilerVersions();
  for (const name of names()) {
    const source = `${SOURCES}/${name}.ts`;
    const inputs = digestOf(versions, digestsOf([source, ...shared, ...compiler]));
    const stamp = new Stamp(`arrays/${name}`);
    if (stamp.covers(inputs)) continue;
    stamp.remove();
    const { buildKernels } = await import(pathToFileURL(resolve("dist/compile.js")).href);
    try {
      await buildKernels(pathToFileURL(resolve(source)), { outDir: BUILT });
    } catch (error) {
      throw new BuildError(error.message);
    }
    stamp.write(inputs, builtFiles(name));
  }
  removeOthers(BUILT, names().flatMap(builtFiles));
  if (names().length > 0) mkdirSync(PUBLISHED, { recursive: true });
  for (const name of names())
    for (const ending of [".wasm", ".wasm.map"])
      copyFileSync(`${BUILT}/${name}${ending}`, `${PUBLISHED}/${name}${ending}`);
}
