/** Kernels in AssemblyScript, written into a folder of the test and compiled there. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
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

/**
 * Compiles files for a program of the test, which finds them in the cache: a compiler of its own takes 4 s to start.
 * @param options those of the program, or several
 * @returns the program's environment
 */
export async function cachedFor(
  urls: readonly URL[],
  ...options: readonly CompileOptions[]
): Promise<Record<string, string>> {
  const { ALLCORES_CACHE: before } = process.env;
  const folder = newFolder();
  chmodSync(folder, 0o700);
  process.env.ALLCORES_CACHE = folder;
  try {
    for (const one of options.length > 0 ? options : [{}]) for (const url of urls) await compileKernels(url, one);
  } finally {
    if (before === undefined) delete process.env.ALLCORES_CACHE;
    else process.env.ALLCORES_CACHE = before;
  }
  return { ALLCORES_CACHE: folder };
}

const LIBRARY = [
  "Ptr",
  "Whole",
  "Shared",
  "Rows",
  "Blocks",
  "Acc",
  "Random",
  "scratch",
  "mark",
  "release",
  "Lock",
  "Semaphore",
  "Event",
  "Counter",
  "Texts",
];

/** The source with what it uses of the library, on its first line: lines count from there. */
function withImports(source: string): string {
  const names = LIBRARY.filter((name) => new RegExp(`(?<!\\.)\\b${name}\\b`).test(source));
  return names.length === 0 ? source : `import { ${names.join(", ")} } from "allcores/assembly";${source}`;
}

type AnyKernels = Kernels<Record<string, (...args: never[]) => unknown>>;

interface Said {
  /** What is said of each source: errors, or else warnings. */
  readonly said: string[];
  /** The last export of each, as row0, row1, ..., if nothing was wrong with any. */
  readonly kernels: AnyKernels | undefined;
}

/**
 * Compiles sources as files of one program: the compiler reports all errors of a stage (syntax, names and types, what kernels
 * may not do) at once. What has none is compiled again, without the others.
 */
export async function saidOfEach(sources: readonly string[], packages: Record<string, string> = {}): Promise<Said> {
  const said = sources.map(() => "");
  for (;;) {
    const left = [...sources.keys()].filter((i) => said[i] === "");
    const { kernels, texts } = await compiledTogether(left, sources, packages);
    const blocks = texts.flatMap((text) => text.split(/\n\n(?=\S+\.ts:\d+:\d+: )/));
    for (const i of left) {
      const own = blocks.filter((block) => block.startsWith(`row${i}/`)).join("\n\n");
      said[i] = own.replaceAll(`row${i}/`, "");
    }
    if (kernels || !said.includes("") || left.every((i) => said[i] === "")) return { said, kernels };
  }
}

async function compiledTogether(rows: readonly number[], sources: readonly string[], packages: Record<string, string>) {
  const texts: string[] = [];
  const entry = rows.map((i) => {
    const names = [...(sources[i] as string).matchAll(/export (?:function|const|let) (\w+)/g)].map(([, name]) => name);
    const last = names.pop();
    const exports = [`${last} as row${i}`, ...names.map((name) => `${name} as row${i}_${name}`)];
    return `export { ${exports.join(", ")} } from "./row${i}/kernels";`;
  });
  const files = rows.map((i) => [`row${i}/kernels.ts`, withImports(sources[i] as string)]);
  const url = written({ "all.ts": entry.join("\n"), ...Object.fromEntries(files), ...packages });
  const options = { cache: false, optimize: 0, onWarning: (text: string) => void texts.push(text) } as const;
  const kernels: AnyKernels | undefined = await compileKernels(url, options).then(
    (made) => made as AnyKernels,
    (error: Error) => void texts.push(error.message),
  );
  return { kernels, texts };
}

/** What a compilation is refused with. */
export async function refusal(source: string): Promise<string> {
  try {
    await compiled(source, { optimize: 0 });
  } catch (error) {
    return String(error);
  }
  return "";
}
