/** Kernels in AssemblyScript, written into a folder of the test and compiled there. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CompileOptions, compileKernels, type Kernels } from "allcores/compile";
import { afterAll } from "vitest";
import { temporaryFolder } from "../package/consumer.js";

/** Folders of this test file, which go with it. */
const folders: { remove(): void }[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

/** A folder of ES modules. */
export function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  writeFileSync(join(folder.path, "package.json"), '{"type":"module"}');
  return folder.path;
}

/** Writes files into a folder that goes with the test file. @returns the URL of the first one */
export function written(files: Record<string, string>, folder = newFolder()): URL {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return pathToFileURL(join(folder, Object.keys(files)[0] as string));
}

/** Kernels of a source, not from the cache; what is imported from allcores/assembly is there. */
export function compiled<M>(source: string, options: CompileOptions = {}): Promise<Kernels<M>> {
  return compileKernels<M>(written({ "kernels.ts": withImports(source) }), { cache: false, ...options });
}

const LIBRARY = [
  "Ptr",
  "Whole",
  "Shared",
  "Random",
  "scratch",
  "mark",
  "release",
  "Lock",
  "Semaphore",
  "Event",
  "Counter",
];

/** The source with what it uses of the library, on its first line: lines count from there. */
function withImports(source: string): string {
  const names = LIBRARY.filter((name) => new RegExp(`(?<!\\.)\\b${name}\\b`).test(source));
  return names.length === 0 ? source : `import { ${names.join(", ")} } from "allcores/assembly";${source}`;
}

/** What a compilation is refused with. */
export async function refusal(source: string): Promise<string> {
  try {
    await compiled(source);
  } catch (error) {
    return String(error);
  }
  return "";
}
