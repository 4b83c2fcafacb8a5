/** What compiles, and yet can't be a kernel on memory that all workers share: found in the program, with the line. */
import type { WasmImport } from "../memory/wasm.js";
import { type AscElement, type AscExpression, type AscProgram, type AscSource, ELEMENT, FLAG, NODE } from "./asc.js";
import { describe } from "./frames.js";
import { exportsOf } from "./signatures.js";

/** Imports that kernels may have. */
const ALLOWED = ["env.memory", "env.abort", "env.trace"];

/** What the standard library imports for whom, and what to use in its place. */
const INSTEAD: readonly (readonly [wanted: RegExp, uses: RegExp, why: string])[] = [
  [/^env\.console/, /\bconsole\s*\.\s*\w+/g, 'there is no console in a kernel: use trace("text", 1, value)'],
  [
    /^env\.seed$/,
    /\b(?:Native)?Mathf?\s*\.\s*(random|seedRandom)\b/g,
    "Math.random would differ from run to run: use Random of allcores/assembly, seeded for each item",
  ],
  [/^env\.Date/, /\bDate\s*\.\s*\w+/g, "there is no clock in a kernel: pass the time as an argument"],
  [/^env\.performance/, /\bperformance\s*\.\s*\w+/g, "there is no clock in a kernel: pass the time as an argument"],
  [/^env\.process|^process/, /\bprocess\s*\.\s*\w+/g, "there is no process in a kernel"],
  [/^env\.crypto/, /\bcrypto\s*\.\s*\w+/g, "there is no crypto in a kernel"],
];

/** Sources of the user: not the standard library, nor packages. */
export function ownSources(program: AscProgram): AscSource[] {
  return program.sources.filter(({ normalizedPath }) => !normalizedPath.startsWith("~"));
}

/** Errors of what the program does that kernels must not. `library`: the names of the compiler's own files. */
export function refusals(program: AscProgram, imports: readonly WasmImport[], library: object): string[] {
  const sources = program.sources.filter(({ normalizedPath }) => !isLibrary(normalizedPath, library));
  return [
    ...imports
      .filter(({ module, name }) => !ALLOWED.includes(`${module}.${name}`))
      .map((wanted) => refuseImport(program, sources, wanted)),
    ...find(sources, /\bmemory\s*(?:\.\s*grow|as)\b/g).map((spot) =>
      describe(
        "a kernel can't grow the memory, which belongs to the thread that made it: pass arrays of the heap",
        spot,
      ),
    ),
  ];
}

/** Whether it is one of the compiler's own: `~lib/rt/stub.ts` is its `rt/stub`, and a user's `date.ts` is not its `date`. */
function isLibrary(path: string, library: object): boolean {
  return path.startsWith("~lib/") && path.replace(/^~lib\//, "").replace(/\.ts$/, "") in library;
}

function refuseImport(program: AscProgram, sources: readonly AscSource[], { module, name }: WasmImport): string {
  const wanted = `${module}.${name}`;
  const known = INSTEAD.find(([pattern]) => pattern.test(wanted));
  if (known) return describe(known[2], find(sources, known[1])[0]);
  const declared = program.moduleImports.get(module)?.get(name);
  return describe(
    `a kernel may import the memory, abort and trace, and nothing else: ${wanted} would have to come from the host`,
    declared && spotOf(declared),
  );
}

/**
 * What lies at top level and is no constant: variables, which each worker has its own of (errors if exported, or if they
 * hold objects, and warnings if not), and array literals, which the compiler puts into the memory that all workers share,
 * and kernels could change.
 * @param entry the file's name in the program
 * @param computed names of exports that Wasm could see changing: each instance computes them when it starts
 */
export function variables(
  program: AscProgram,
  entry: string,
  library: object,
  computed: readonly string[],
): { errors: string[]; warnings: string[] } {
  const errors: string[] = [];
  const warnings: string[] = [];
  const exported = new Map([...exportsOf(program.filesByName.get(entry))].map(([name, element]) => [element, name]));
  for (const element of program.elementsByName.values()) {
    if (element.kind !== ELEMENT.global || (element.flags & FLAG.ambient) !== 0) continue;
    const { range, initializer } = element.declaration;
    if (isLibrary(range.source.normalizedPath, library)) continue;
    const spot = spotOf(element);
    const type = element.type?.toString() ?? "";
    const list = elementsOf(initializer);
    if (list && (!type.startsWith("~lib/staticarray/") || list.some((item) => item && elementsOf(item)))) {
      const inert = type.replace(/[^<>]*\//g, "").replace(/\b(?:Static)?Array</g, "StaticArray<");
      const why = `${element.name} would lie in the memory that all workers share, and a change of it (push, sort) would break it for all`;
      errors.push(describe(`${why}: declare it as ${inert}, or fill a new Array`, spot));
    }
    const isConstant = (element.flags & (FLAG.const | FLAG.readonly)) !== 0;
    if (isConstant && computed.includes(exported.get(element) ?? ""))
      errors.push(describe(`each worker computes its own ${element.name}: export a function that returns it`, spot));
    if (isConstant) continue;
    const why = `${element.name} is a variable at top level: each worker has its own`;
    if (element.type?.isManaged)
      errors.push(
        describe(`${why}, and an object that a call puts there is gone when the call returns; make it a const`, spot),
      );
    else if (exported.has(element)) errors.push(describe(`${why}; it can't be exported`, spot));
    else
      warnings.push(
        describe(`${why}, and which calls see it depends on timing. Make it a const, or keep state in arrays`, spot),
      );
  }
  return { errors, warnings };
}

/** The elements of an array literal, also in parentheses, behind a cast or a comma; undefined for all else. */
function elementsOf(node: AscExpression | null | undefined): readonly (AscExpression | null)[] | undefined {
  if (node?.kind === NODE.assertion || node?.kind === NODE.parenthesized) return elementsOf(node.expression);
  if (node?.kind === NODE.comma) return elementsOf(node.expressions?.at(-1));
  return node?.kind === NODE.literal && node.literalKind === NODE.arrayLiteral ? node.elementExpressions : undefined;
}

function spotOf({ declaration: { range } }: Pick<AscElement, "declaration">) {
  return { file: range.source.normalizedPath, text: range.source.text, start: range.start, end: range.end };
}

/** Where a pattern is in the code: not in comments, nor in strings. */
function find(sources: readonly AscSource[], pattern: RegExp) {
  return sources.flatMap(({ normalizedPath: file, text }) =>
    [...codeOnly(text).matchAll(pattern)].map(({ index, 0: { length } }) => ({
      file,
      text,
      start: index,
      end: index + length,
    })),
  );
}

/** The text with comments and strings blanked out (not template literals: there is code in them), all else in its place. */
function codeOnly(text: string): string {
  const inert = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return text.replace(inert, (found) => found.replace(/[^\n]/g, " "));
}
