/** Errors, with the line, for programs that compile and yet can't be kernels on memory that all workers share. */
import type { WasmImport } from "../memory/wasm.js";
import type { AscProgram, AscSource } from "./asc.js";
import type { Code } from "./code.js";
import { describe, spotAt, spotOf } from "./frames.js";

/** Imports that kernels may have. */
const ALLOWED = ["env.memory", "env.abort", "env.trace", "env.outside"];

/** What the standard library imports, and what to use in its place. */
const INSTEAD: readonly (readonly [wanted: RegExp, why: string])[] = [
  [/^env\.console/, 'there is no console in a kernel: use trace("text", 1, value)'],
  [/^env\.seed$/, "Math.random would differ from run to run: use Random of allcores/assembly, seeded for each item"],
  [/^env\.(?:Date|performance)/, "there is no clock in a kernel: pass the time as an argument"],
  [/^(?:env\.)?process/, "there is no process in a kernel"],
  [/^env\.crypto/, "there is no crypto in a kernel"],
];

/** The user's sources: neither the standard library's nor those of packages. */
export function userSources(program: AscProgram): AscSource[] {
  return program.sources.filter(({ normalizedPath }) => !normalizedPath.startsWith("~"));
}

/** Whether a path is a file of the compiler's library: `~lib/rt/stub.ts` is its `rt/stub`, and a user's `date.ts` is not its `date`. */
export function isLibrary(path: string, library: object): boolean {
  return path.startsWith("~lib/") && path.replace(/^~lib\//, "").replace(/\.ts$/, "") in library;
}

/** Errors of what the program does that kernels must not. `library`: the names of the compiler's files. */
export function refusals(program: AscProgram, code: Code, imports: readonly WasmImport[], library: object): string[] {
  const wanted = imports.filter(({ module, name }) => !ALLOWED.includes(`${module}.${name}`));
  const grows = [...code.functions.values()].flatMap((fn) => fn.grows);
  const errors = [
    ...wanted.flatMap((one) => refuseImport(program, code, one, library)),
    ...grows.map(({ range }) =>
      describe(
        "a kernel can't grow the memory, which belongs to the thread that made it: pass arrays of the heap",
        range && spotAt(range),
      ),
    ),
  ];
  return [...new Set(errors)]; // an inlined function is there several times
}

/** Errors of an import, one for each declaration: an import of the user's may have the name of one of the library's. */
function refuseImport(program: AscProgram, code: Code, { module, name }: WasmImport, library: object): string[] {
  const wanted = `${module}.${name}`;
  const why = `a kernel may import the memory, abort and trace, and nothing else: ${wanted} would have to come from the host`;
  const functions = [...code.functions.values()].filter(({ imported }) => imported === wanted);
  if (functions.length === 0) {
    const declared = program.moduleImports.get(module)?.get(name);
    return [describe(why, declared && spotOf(declared))];
  }
  return functions.map(({ name: internal, element }) => {
    if (element && !isLibrary(element.declaration.range.source.normalizedPath, library))
      return describe(why, spotOf(element));
    const caller = code.callerOf(internal);
    return describe(INSTEAD.find(([pattern]) => pattern.test(wanted))?.[1] ?? why, caller && spotAt(caller));
  });
}
