/**
 * Element functions as range kernels: `/** @vectorize *\/ export function f(x: f64, y: f64): f64` is called with arrays
 * `[x, y, out]`. The text is changed before it is compiled, with every line and column where it was: the function is no
 * longer exported, and a loop over it, added at the end, is exported by its name.
 */
import { ELEMENTS } from "../memory/metadata.js";
import { describe } from "./frames.js";

const MARKED =
  /\/\*\*((?:(?!\*\/)[\s\S])*?)@vectorize\b(?:(?!\*\/)[\s\S])*?\*\/\s*export(\s+function\s+)(\w+)\s*\(([^)]*)\)\s*(?::\s*(\w+))?/g;

/** A marked function that can't be made a kernel. */
export class VectorizeError extends Error {}

/** The text with its marked functions made kernels; as it was, if there are none. */
export function vectorize(file: string, text: string): string {
  if (!text.includes("@vectorize")) return text;
  let added = "";
  const changed = text.replace(
    MARKED,
    (whole, _before: string, gap: string, name: string, list: string, result: string | undefined, at: number) => {
      const refuse = (why: string): never => {
        const start = at + whole.lastIndexOf(name, whole.indexOf("(", whole.indexOf(gap)));
        throw new VectorizeError(describe(why, { file, text, start, end: start + name.length }));
      };
      const comment = whole.slice(0, whole.indexOf("*/") + 2).replace("@vectorize", "");
      added += `${comment}\n${wrapper(name, list, result, refuse)}`;
      const exportAt = whole.lastIndexOf(`export${gap}`);
      return `${whole.slice(0, exportAt)}      ${whole.slice(exportAt + "export".length)}`;
    },
  );
  if (added === "") return text;
  return `${changed}\nimport { Ptr as __Ptr } from "allcores/assembly";\n${added}`;
}

function wrapper(name: string, list: string, result: string | undefined, refuse: (why: string) => never): string {
  const params = list.split(",").flatMap((part) => {
    if (part.trim() === "") return [];
    const match = /^\s*(\w+)\s*:\s*(\w+)\s*$/.exec(part);
    if (!match || ELEMENTS[match[2] as string] === undefined)
      return refuse(
        `a @vectorize function takes numbers that arrays hold (f64, f32, i32, u32, i16, u16, i8, u8), got "${part.trim()}"`,
      );
    return [{ name: match[1] as string, type: match[2] as string }];
  });
  if (result === undefined || ELEMENTS[result] === undefined)
    refuse(`a @vectorize function returns a number that arrays hold, got ${result ?? "no type"}`);
  if (params.length === 0) refuse("a @vectorize function takes at least one number");
  const arrays = [...params, { name: freeName("out", params), type: result }];
  const [index, out] = [freeName("i", arrays), arrays.at(-1)?.name];
  const taken = arrays.map(({ name, type }) => `${name}: __Ptr<${type}>`).join(", ");
  const call = `${name}(${params.map((param) => `${param.name}[${index}]`).join(", ")})`;
  return (
    `function __vector_${name}(begin: i32, end: i32, ${taken}): void { ` +
    `for (let ${index} = begin; ${index} < end; ${index}++) ${out}[${index}] = ${call}; }\n` +
    `export { __vector_${name} as ${name} };\n`
  );
}

function freeName(wanted: string, params: readonly { readonly name: string }[]): string {
  return params.some(({ name }) => name === wanted) ? freeName(`${wanted}_`, params) : wanted;
}
