/**
 * Element functions as range kernels: `/** @vectorize *\/ export function f(x: f64, y: f64): f64` is called with arrays
 * `[x, y, out]`. The text is changed before it is compiled, with every line and column where it was: the function is no
 * longer exported, and a loop over it, added at the end, is exported by its name.
 */
import { ELEMENTS } from "../memory/metadata.js";
import { describe } from "./frames.js";

const MARKED =
  /\/\*\*((?:(?!\*\/)[\s\S])*?)@vectorize\b(?:(?!\*\/)[\s\S])*?\*\/\s*export(\s+function\s+)(\w+)\s*\(([^)]*)\)\s*(?::\s*(\w+))?/g;

/** The mark where it is meant as one: first in a comment or a line. */
const MARK = /(?<=\/\*\*?\s*|\/\/\s*|^[ \t]*\*?[ \t]*)@vectorize\b/gm;

/** A marked function that can't be made a kernel. */
export class VectorizeError extends Error {}

/** The text with its marked functions made kernels; as it was, if there are none. */
export function vectorize(file: string, text: string): string {
  if (!text.includes("@vectorize")) return text;
  refuseMarks(file, text, "a @vectorize that marks no kernel", text.replace(MARKED, blank));
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

/** Refuses marks that would mean nothing: in all of a text, or in what is left of it. */
export function refuseMarks(file: string, text: string, what = "a @vectorize in an imported file", rest = text): void {
  const [mark] = rest.matchAll(MARK);
  if (!mark) return;
  const why = `${what}: write /** @vectorize */ right before "export function f(x: f64): f64" in the file that is compiled`;
  throw new VectorizeError(describe(why, { file, text, start: mark.index, end: mark.index + mark[0].length }));
}

const blank = (found: string) => found.replace(/[^\n]/g, " ");

function wrapper(name: string, parameters: string, result: string | undefined, refuse: (why: string) => never): string {
  const params = parameters.split(",").flatMap((part) => {
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
  if (name === "begin" || name === "end") refuse(`a @vectorize function can't be called ${name}: its loop has that`);
  if (params.length === 0) refuse("a @vectorize function takes at least one number");
  const names = ["begin", "end", name];
  for (const wanted of [...params.map((param) => param.name), "out", "i"]) names.push(freeName(wanted, names));
  const inputs = names.slice(3, -2);
  const [out, index] = names.slice(-2);
  const list = [...params, { type: result }].map(({ type }, i) => `${names[i + 3]}: __Ptr<${type}>`).join(", ");
  const call = `${name}(${inputs.map((input) => `${input}[${index}]`).join(", ")})`;
  return (
    `function __vector_${name}(begin: i32, end: i32, ${list}): void { ` +
    `for (let ${index} = begin; ${index} < end; ${index}++) ${out}[${index}] = ${call}; }\n` +
    `export { __vector_${name} as ${name} };\n`
  );
}

function freeName(wanted: string, taken: readonly string[]): string {
  return taken.includes(wanted) ? freeName(`${wanted}_`, taken) : wanted;
}
