/** The kernels of a compiled program: their names, types and comments, for the checks of arguments and the .d.ts. */
import { ELEMENTS, type KernelParameter, type KernelSignature, NUMBER_TYPES } from "../memory/metadata.js";
import { type AscElement, type AscProgram, type AscType, ELEMENT } from "./asc.js";
import { describe } from "./frames.js";

/** Ptr, Whole and Shared of this package, as the compiler names them. */
const ARRAY = /^~lib\/allcores\/assembly\/own\/(?:ptr|shared)\/(Ptr|Whole|Shared)<(\w+)>$/;

/** @returns the kernels that the entry file exports, and errors of exports that can't be kernels */
export function kernelsOf(program: AscProgram, entry: string): { kernels: KernelSignature[]; errors: string[] } {
  const kernels: KernelSignature[] = [];
  const errors: string[] = [];
  for (const [name, element] of program.filesByName.get(entry)?.exports ?? []) {
    if (element.kind !== ELEMENT.functionPrototype) continue;
    const [instance] = element.instances?.values() ?? [];
    if (!instance?.signature) continue; // generic, or never compiled
    const refuse = (why: string, spot: { range: AscElement["declaration"]["range"] }) => {
      const { start, end, source } = spot.range;
      errors.push(describe(why, { file: source.normalizedPath, text: source.text, start, end }));
      return "i32";
    };
    const nodes = element.declaration.signature;
    if (NUMBER_TYPES.includes(name))
      refuse(`${name} is the name of a type: casts would be taken for calls of this function`, element.declaration);
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
    kernels.push({ name, params, result, doc: docOf(element) });
  }
  return { kernels, errors };
}

function parameterType(type: AscType): string | undefined {
  const name = type.toString();
  if (NUMBER_TYPES.includes(name)) return name;
  const [, kind, element = ""] = ARRAY.exec(name) ?? [];
  return kind && ELEMENTS[element] ? `${kind}<${element}>` : undefined;
}

function whyNot(name: string, type: AscType): string {
  const [, kind, element] = ARRAY.exec(type.toString()) ?? [];
  if (kind) return `no array of the heap holds ${element}: ${kind}<T> takes ${Object.keys(ELEMENTS).join(", ")}`;
  return (
    `kernels take numbers, Ptr<T>, Whole<T> and Shared<T>, and ${name} takes ${shortName(type.toString())}; do not export ` +
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
  const text = match?.[1]
    ?.replace(/^\s*\* ?/gm, "")
    .replace(/@vectorize\b/, "")
    .trim();
  return text === undefined || text === "" ? undefined : text;
}
