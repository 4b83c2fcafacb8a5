/** Compilers that are of no use: the reply says why, and the thread lives on. */
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, succeed } from "../package/consumer.js";
import { newFolder, written } from "./sources.js";

/** Compiles two files at once, and then a third one. */
const PROGRAM = `
import { compileKernels } from "allcores/compile";
const compile = (name) => compileKernels(new URL(name, import.meta.url), { cache: false }).catch((error) => error);
const errors = [...(await Promise.all([compile("./a.ts"), compile("./b.ts")])), await compile("./a.ts")];
console.log(JSON.stringify(errors.map(({ code, message }) => [code, message])));
`;

it.each([
  [
    "of another version",
    'export const version = "0.99.1", libraryFiles = { "util/number": "" };',
    /^[ab]\.ts can't be compiled: assemblyscript 0\.99\.1 is there, .*: npm install --save-dev "assemblyscript@\^0\.28\.\d+"$/,
  ],
  [
    "of a very old version",
    'export const version = "0.1.0";',
    /^[ab]\.ts can't be compiled: assemblyscript 0\.1\.0 is there/,
  ],
  ["that breaks", 'throw new Error("no such luck");', /^[ab]\.ts can't be compiled: no such luck$/],
])("a compiler %s", { timeout: 30_000 }, async (_, asc, message) => {
  const folder = newFolder();
  const packages = join(folder, "node_modules");
  // A copy: a link's neighbours would be the repository's.
  for (const path of ["dist", "assembly", "package.json"])
    cpSync(join(root, path), join(packages, "allcores", path), { recursive: true });
  for (const name of ["tinypool", "@assemblyscript"])
    symlinkSync(join(root, "node_modules", name), join(packages, name), "junction");
  const source = "export function f(a: i32): i32 { return a; }";
  written(
    {
      "a.ts": source,
      "b.ts": source,
      "use.mjs": PROGRAM,
      "node_modules/assemblyscript/package.json": '{"type":"module","exports":{"./asc":"./asc.js"}}',
      "node_modules/assemblyscript/asc.js": asc,
    },
    folder,
  );
  const errors = JSON.parse((await succeed(folder, process.execPath, ["use.mjs"])).stdout);
  expect(errors).toEqual(Array(3).fill(["ERR_COMPILE", expect.stringMatching(message)]));
});
