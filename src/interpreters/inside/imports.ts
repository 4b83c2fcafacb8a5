/**
 * `import()` in sources for the inspector, which has no way to resolve it: each call of it becomes a call of a global
 * function whose name is as long, so that columns stay. There is no parser here: V8 itself says what an `import` is, by
 * compiling the source with something else in its place.
 *
 *   `@`           compiles: the place is in a string, comment, regular expression or template text
 *   `(0)`, `"x"`  both compile: it is a call. The first one refuses a method named import, the second one `o?.import()`
 *
 * Only sources with the word pay for this. An import within `eval` or `new Function` is not found.
 */
import { constants, Script } from "node:vm";

/** Six UTF-16 units, as `import` has, with a small capital I. */
const NAME = "\u026amport";
const PLACE = /\bimport(?=\s*(?:\(|\/[*/]))/g;

type Import = (specifier: unknown, options?: unknown) => Promise<unknown>;

/**
 * Defines the function, which resolves from the working directory, as Python's `exec` does. Its first call prints an
 * ExperimentalWarning: it is made here, and not heard.
 */
export async function defineImport(): Promise<void> {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script("(specifier, options) => import(specifier, options)", { importModuleDynamically });
  const load = script.runInThisContext() as Import;
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    await load("node:vm");
  } finally {
    process.emitWarning = emitWarning;
  }
  Object.defineProperty(globalThis, NAME, { value: load });
}

/** The source with its calls of `import` renamed; one that does not compile stays as it is. */
export function mendImports(source: string): string {
  if (!source.includes("import") || !compiles(source)) return source;
  let mended = source;
  for (const { index } of source.matchAll(PLACE)) {
    const [before, after] = [source.slice(0, index), source.slice(index + NAME.length)];
    const stands = (text: string) => compiles(`${before}${text}${after}`);
    if (!stands("@") && stands("(0)") && stands('"x"'))
      mended = `${mended.slice(0, index)}${NAME}${mended.slice(index + NAME.length)}`;
  }
  return mended;
}

function compiles(source: string): boolean {
  try {
    new Script(`async () => {${source}\n}`);
    return true;
  } catch {
    return false;
  }
}
