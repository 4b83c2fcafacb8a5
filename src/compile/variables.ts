/**
 * Errors and warnings for what lies at top level and is no constant. Each worker has a copy of a variable: an exported one,
 * or one in which calls put objects, is an error, any other a warning. The compiler puts array literals into the memory
 * that all workers share, where a kernel could change them: an error.
 */
import { type AscElement, type AscExpression, type AscProgram, type AscType, ELEMENT, FLAG, NODE } from "./asc.js";
import type { Code } from "./code.js";
import { describe, lineAndColumn, placeOf, spotOf } from "./frames.js";
import { isLibrary, userSources } from "./refusals.js";
import { exportsOf } from "./signatures.js";
import { visit } from "./tree.js";
import { typeText } from "./type-text.js";

interface Found {
  readonly errors: string[];
  readonly warnings: string[];
}

/**
 * @param entry the file's name in the program
 * @param mutable names of exports that can change: variables, and constants that each instance computes when it starts
 */
export function variables(
  program: AscProgram,
  code: Code,
  entry: string,
  library: object,
  mutable: readonly string[],
): Found {
  const changed = changes(program, code);
  const errors = mutable.map((name) => refuseExport(program, changed, entry, name));
  const harmless = new Map<string, AscElement[]>();
  for (const element of program.elementsByName.values()) {
    const { source } = element.declaration.range;
    if (element.kind !== ELEMENT.global || element.type === undefined || isLibrary(source.normalizedPath, library))
      continue;
    const isList = holdsList(element.type) && (code.globals.get(element.internalName)?.value ?? 0) > 0;
    if (isList) errors.push(describe(whyNoList(program, element, element.type), spotOf(element)));
    if ((element.flags & (FLAG.const | FLAG.readonly | FLAG.ambient)) !== 0) continue;
    const change = changed.get(element.internalName);
    if (element.type.isManaged && change === "by calls") errors.push(describe(whyNoObject(element), spotOf(element)));
    else if (!isList && !isPackage(element)) {
      const file = source.normalizedPath;
      harmless.set(file, [...(harmless.get(file) ?? []), element]);
    }
  }
  const exported = new Set(exportsOf(program.filesByName.get(entry)).values());
  const warnings = [...harmless.values()].flatMap((all) => {
    const others = all.filter((element) => !exported.has(element));
    return others.length > 0 ? [warnOf(others, changed)] : [];
  });
  return { errors, warnings };
}

const isPackage = ({ declaration }: AscElement) => declaration.range.source.normalizedPath.startsWith("~");

type Changes = ReadonlyMap<string, "by calls" | "at top level">;

/** The globals that are assigned to after their declaration. */
function changes(program: AscProgram, code: Code): Changes {
  const starts = new Set([...program.filesByName.values()].map((file) => file.startFunction?.internalName));
  const all = new Map<string, "by calls" | "at top level">();
  for (const { name: fn, sets } of code.functions.values())
    for (const { name, range } of sets)
      if (range && all.get(name) !== "by calls") all.set(name, starts.has(fn) ? "at top level" : "by calls");
  return all;
}

function refuseExport(program: AscProgram, changed: Changes, entry: string, name: string): string {
  const [first = "", member = ""] = name.split(".");
  const outer = exportsOf(program.filesByName.get(entry)).get(first);
  const element = outer?.members?.get(member) ?? outer;
  const isVariable = element?.kind === ELEMENT.global && (element.flags & (FLAG.const | FLAG.readonly)) === 0;
  const isChanged = element !== undefined && changed.has(element.internalName);
  const why = isVariable
    ? `${name} is a variable at top level: each worker has its own; it can't be exported${isChanged ? "" : ": make it a const"}`
    : `each worker computes its own ${name}: export a function that returns it`;
  return describe(why, element && spotOf(element));
}

/** Whether a static value of the type holds an Array, which code can change. */
function holdsList(type: AscType): boolean {
  return /^~lib\/(?:array\/Array|staticarray\/StaticArray<(?:~lib\/staticarray\/StaticArray<)*~lib\/array\/Array)</.test(
    type.toString(),
  );
}

function whyNoList(program: AscProgram, element: AscElement, type: AscType): string {
  const why = `${element.name} would lie in the memory that all workers share, and a change of it (push, sort) would break it for all`;
  if (isPackage(element)) return `${why}: the package is not made for kernels`;
  const copy = `for an Array of each worker's own write (<${typeText(type)}>[...]).slice(0)`;
  return membersOf(program, element).every((name) => inertMembers(program).has(name))
    ? `${why}: declare it as ${typeText(type, "StaticArray")}, or ${copy}`
    : `${why}: ${copy}`;
}

/** The members that the user's code names after the element's name: `push` for `list.push`. */
function membersOf(program: AscProgram, { name }: AscElement): string[] {
  const found: string[] = [];
  for (const source of userSources(program))
    visit(source, (node) => {
      const { kind, expression, property } = node as AscExpression;
      const object = expression?.property ?? expression; // of K.list.push, list
      if (kind === NODE.propertyAccess && property && object?.text === name) found.push(property.text as string);
    });
  return found;
}

function inertMembers(program: AscProgram): ReadonlyMap<string, unknown> {
  return program.elementsByName.get("~lib/staticarray/StaticArray")?.instanceMembers ?? new Map();
}

function whyNoObject(element: AscElement): string {
  const why =
    `${element.name} is a variable at top level: each worker has its own, and an object that a call puts there is gone ` +
    "when the call returns";
  if (isPackage(element)) return `${why}: the package is not made for kernels`;
  return `${why}; put it into a local variable and pass that on, or fill it at top level`;
}

/** One warning for the variables of a file: with the code for one, with a list for many. */
function warnOf(all: readonly AscElement[], changed: Changes): string {
  const [first] = all as [AscElement];
  const isChanged = (element: AscElement) => changed.has(element.internalName);
  const isStatic = (element: AscElement) => (element.flags & FLAG.static) !== 0;
  const depends = "each worker has its own, and which calls see";
  if (all.length === 1) {
    const value = first.declaration.initializer ? "" : " with a value";
    const constant = isStatic(first) ? "static readonly" : "a const";
    const advice = isChanged(first) ? "keep state in arrays, or pass it as an argument" : `make it ${constant}${value}`;
    return describe(
      `${first.name} is a variable at top level: ${depends} it depends on timing; ${advice}`,
      spotOf(first),
    );
  }
  const group = (advice: string, some: readonly AscElement[]) => {
    const names = some.map((element) => `${element.name} (${lineAndColumn(spotOf(element)).join(":")})`);
    return names.length === 0 ? [] : [`${advice}: ${names.join(", ")}`];
  };
  const still = all.filter((element) => !isChanged(element));
  const advice = [
    ...group(
      "never changed, so make each a const, with a value",
      still.filter((element) => !isStatic(element)),
    ),
    ...group("never changed, so make each static readonly, with a value", still.filter(isStatic)),
    ...group("keep in arrays, or pass as arguments", all.filter(isChanged)),
  ];
  return `${placeOf(spotOf(first))}: ${all.length} variables are at top level: ${depends} them depends on timing; ${advice.join("; ")}`;
}
