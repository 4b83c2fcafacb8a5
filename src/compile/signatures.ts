/** The kernels of a compiled program: their names, types and comments, for the checks of arguments and the .d.ts. */
import {
  ELEMENTS,
  INDEX_TYPE_NAMES,
  INDEX_TYPES,
  isForRanges,
  type KernelParameter,
  type KernelSignature,
  NUMBER_TYPES,
  PRIMITIVES,
  TEXTS,
} from "../memory/metadata.js";
import { type AscElement, type AscProgram, type AscRange, type AscType, ELEMENT } from "./asc.js";
import { describe, type Spot, spotAt } from "./frames.js";

/** The arrays of this package, as the compiler names them. */
const ARRAY = /^~lib\/allcores\/assembly\/library\/\w+\/(Ptr|Whole|Shared|Rows|Blocks|Acc)<(\w+)>$/;

/** How the functions of assembly/rt/host.ts begin. */
const HOST_PREFIX = "__allcores_";

/** Exports that are no functions, and get no warning: variables, enums, interfaces and types. */
const OTHER_EXPORTS: readonly number[] = [
  ELEMENT.global,
  ELEMENT.enum,
  ELEMENT.interfacePrototype,
  ELEMENT.typeDefinition,
];

/** The classes of library/sync.ts. */
const PRIMITIVE = /^~lib\/allcores\/assembly\/library\/sync\/(\w+)$/;

/** Strings, of library/texts.ts. */
const TEXTS_CLASS = "~lib/allcores/assembly/library/texts/Texts";

interface FoundKernels {
  readonly kernels: KernelSignature[];
  /** Where the kernels are declared, by name. */
  readonly places: ReadonlyMap<string, Spot>;
  /** Errors of exports that can't be kernels. */
  readonly errors: string[];
  readonly warnings: string[];
}

/**
 * The kernels that the entry file exports.
 * @param exported the names of the functions that the module exports: generic ones, and classes, are not among them
 * @param hidden by kernel, the arrays whose bytes and widths it takes, too
 */
export function kernelsOf(
  program: AscProgram,
  entry: string,
  exported: ReadonlySet<string>,
  hidden: ReadonlyMap<string, readonly number[]>,
): FoundKernels {
  const kernels: KernelSignature[] = [];
  const places = new Map<string, Spot>();
  const errors: string[] = [];
  const warnings: string[] = [];
  const others: [string, AscElement][] = [];
  for (const [name, element] of exportsOf(program.filesByName.get(entry))) {
    if (!exported.has(name)) {
      if (!OTHER_EXPORTS.includes(element.kind)) others.push([name, element]);
      continue;
    }
    const [instance] = element.instances?.values() ?? [];
    if (!instance?.signature) continue;
    const refuse = (why: string, spot: { range: AscRange }) => {
      errors.push(at(spot, why));
      return "i32";
    };
    const nodes = element.declaration.signature;
    if (name.startsWith(HOST_PREFIX))
      refuse(`names that begin with ${HOST_PREFIX} are taken: choose another one`, element.declaration.name);
    if (NUMBER_TYPES.includes(element.name))
      refuse(
        `${element.name} is the name of a type: casts would be taken for calls of this function`,
        element.declaration.name,
      );
    for (const { name: param, initializer } of nodes?.parameters ?? [])
      if (initializer)
        refuse(`${param.text} has a default, and kernels are called with every argument: leave it out`, initializer);
    const params = instance.signature.parameterTypes.map((type, i): KernelParameter => {
      const node = nodes?.parameters[i];
      return {
        name: node?.name.text ?? `arg${i}`,
        type: parameterType(type) ?? refuse(whyNot(name, type), node ?? element.declaration),
      };
    });
    const result = instance.signature.returnType.toString();
    if (result !== "void" && !NUMBER_TYPES.includes(result))
      refuse(
        `kernels return a number or nothing, and ${name} returns ${shortName(result)}; do not export it, or write into an array`,
        nodes?.returnType ?? element.declaration,
      );
    const [begin, end] = params;
    const isRange = isForRanges(params);
    if (isRange && (begin?.type !== end?.type || INDEX_TYPES[begin?.type ?? ""] === undefined))
      warnings.push(
        at(
          nodes?.parameters[1] ?? element.declaration,
          `begin and end are both ${INDEX_TYPE_NAMES} in a kernel for ranges: ${name} can't be one`,
        ),
      );
    const late = isRange ? -1 : params.findIndex((param, i) => param.name === "begin" && params[i + 1]?.name === "end");
    if (late > 0)
      warnings.push(
        at(nodes?.parameters[late] ?? element.declaration, "begin and end come first in a kernel for ranges"),
      );
    kernels.push({ name, params, result, doc: docOf(element), hidden: hidden.get(name) });
    places.set(name, spotAt(element.declaration.name.range));
  }
  if (others.length > 0) warnings.push(warnOf(others));
  return { kernels, places, errors, warnings };
}

/** One warning for all exports that are no kernels. */
function warnOf(others: readonly [name: string, element: AscElement][]): string {
  const names = others.map(([name]) => name).join(", ");
  const why =
    "is exported, and no kernel: generic functions, classes and namespaces are for other files of kernels; export a function " +
    "of numbers and arrays that calls it";
  const users = others.find(([, { declaration }]) => !declaration.range.source.normalizedPath.startsWith("~"));
  const text = others.length === 1 ? `${names} ${why}` : `${names}: each ${why}`;
  return users ? at(users[1].declaration.name, text) : text;
}

/** What a file exports by name: a direct export hides one of the same name in `export * from`. */
export function exportsOf(file: AscElement | undefined, seen = new Set<AscElement>()): Map<string, AscElement> {
  if (file === undefined || seen.has(file)) return new Map();
  seen.add(file);
  const all = new Map(file.exports ?? []);
  for (const star of file.exportsStar ?? [])
    for (const [name, element] of exportsOf(star, seen)) if (!all.has(name)) all.set(name, element);
  return all;
}

function at({ range }: { range: AscRange }, why: string): string {
  return describe(why, spotAt(range));
}

function parameterType(type: AscType): string | undefined {
  const name = type.toString();
  if (NUMBER_TYPES.includes(name)) return name;
  if (name === TEXTS_CLASS) return TEXTS;
  const primitive = PRIMITIVE.exec(name)?.[1] ?? "";
  if (PRIMITIVES[primitive]) return primitive;
  const array = arrayTypeOf(type);
  return array && `${array.kind}<${array.element}>`;
}

/** Of an array that a kernel can take. */
export function arrayTypeOf(type: AscType): { readonly kind: string; readonly element: string } | undefined {
  const [, kind = "", element = ""] = ARRAY.exec(type.toString()) ?? [];
  return ELEMENTS[element] && { kind, element };
}

function whyNot(name: string, type: AscType): string {
  const [, kind, element] = ARRAY.exec(type.toString()) ?? [];
  if (kind) return `no array of the heap holds ${element}: ${kind}<T> takes ${Object.keys(ELEMENTS).join(", ")}`;
  return (
    `kernels take numbers, Ptr<T>, Whole<T>, Shared<T>, Rows<T>, Blocks<T>, Acc<T> and Texts, and ${name} takes ${shortName(type.toString())}; do not export ` +
    "it, or pass an array of the heap"
  );
}

/** `String` for `~lib/string/String`. */
function shortName(type: string): string {
  return type.replace(/^[^<]*\//, "");
}

/** The comment before a declaration, without its stars. */
function docOf({ declaration: { range } }: AscElement): string | undefined {
  const before = range.source.text.slice(0, range.start);
  const match = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s*)?(?:@\w+(?:\([^)]*\))?\s*)*$/.exec(before);
  const text = match?.[1]?.replace(/^\s*\* ?/gm, "").trim();
  return text === undefined || text === "" ? undefined : text;
}
