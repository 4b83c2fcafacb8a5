/**
 * Element functions as range kernels: `/** @vectorize *\/ export function f(x: f64, y: f64): f64` is called with arrays
 * `[x, y, out]`. The text is changed before it is compiled, with every line and column where it was: the function is no
 * longer exported, and a loop over it, added at the end, is exported by its name.
 *
 *   text ─> code: comments and texts blank, but for the marks in comments ─> marked functions ─> text + loops
 */
import { ELEMENTS } from "../memory/metadata.js";
import { describe } from "./frames.js";

/** A name, with dollars and letters of any language, too. */
const NAME = "[$\\p{ID_Continue}]+";

/** A marked function, in code. */
const MARKED = new RegExp(
  "(?<comment>/\\*\\*\\s*@vectorize\\s*\\*/)\\s*(?:@\\w+(?:\\([^)]*\\))?\\s*)*(?<exported>export)\\s+function\\s+" +
    `(?<name>${NAME})\\s*(?<generic><[^(]*)?\\((?<list>[^)]*)\\)\\s*(?::\\s*(?<result>\\w+))?`,
  "dgu",
);
const PARAMETER = new RegExp(`^\\s*(${NAME})\\s*:\\s*(\\w+)\\s*$`, "u");

/** The mark in a comment: first in it, or in one of its lines. Elsewhere it is prose. */
const MARK = /(?<=^\/\*\*?\s*|^[ \t]*\*?[ \t]*)@vectorize\b/m;
/** A line comment that was meant as the mark: nothing else is in it. */
const LINE_MARK = /^\/\/\s*@vectorize\s*$/;

/** Comments and texts, which may name the mark without being it. */
const COMMENT_OR_TEXT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;

/** A marked function that can't be made a kernel. */
export class VectorizeError extends Error {}

/** The text with its marked functions made kernels; unchanged if there are none. */
export function vectorize(file: string, text: string): string {
  if (!text.includes("@vectorize")) return text;
  const code = codeOf(text);
  refuseIn(code.replace(MARKED, blank), file, text, "a @vectorize that marks no kernel");
  let changed = text;
  let added = "";
  for (const { groups = {}, indices } of code.matchAll(MARKED)) {
    const places = (indices?.groups ?? {}) as Record<"comment" | "exported" | "name", [number, number]>;
    const { comment, exported, name } = places;
    const refuse = (why: string): never => {
      throw new VectorizeError(describe(why, { file, text, start: name[0], end: name[1] }));
    };
    if (groups.generic) refuse("a @vectorize function takes numbers of one type each: it can't be generic");
    added += `${text.slice(...comment).replace(MARK, "")}\n`;
    added += wrapper(groups.name as string, groups.list as string, groups.result, refuse);
    changed = `${changed.slice(0, exported[0])}      ${changed.slice(exported[1])}`;
  }
  return added === "" ? text : `${changed}\nimport { Ptr as __Ptr } from "allcores/assembly";\n${added}`;
}

/** Refuses marks in a file that is imported, where they would mean nothing. */
export function refuseMarks(file: string, text: string): void {
  if (text.includes("@vectorize")) refuseIn(codeOf(text), file, text, "a @vectorize in an imported file");
}

function refuseIn(code: string, file: string, text: string, what: string): void {
  const start = code.indexOf("@vectorize");
  if (start < 0) return;
  const why = `${what}: write /** @vectorize */ right before "export function f(x: f64): f64" in the file that is compiled`;
  throw new VectorizeError(describe(why, { file, text, start, end: start + "@vectorize".length }));
}

/** The text without its comments and texts, each line and column where it was; the marks in comments stay. */
function codeOf(text: string): string {
  return text.replace(COMMENT_OR_TEXT, (found) => {
    const at = found.startsWith("/*") ? found.search(MARK) : -1;
    if (at < 0) return LINE_MARK.test(found) ? found : blank(found);
    const start = found.startsWith("/**") ? "/**" : "/*";
    const end = at + "@vectorize".length;
    return `${start}${blank(found.slice(start.length, at))}@vectorize${blank(found.slice(end, -2))}*/`;
  });
}

const blank = (found: string) => found.replace(/[^\n]/g, " ");

function wrapper(name: string, parameters: string, result: string | undefined, refuse: (why: string) => never): string {
  const params = parameters.split(",").flatMap((part) => {
    if (part.trim() === "") return [];
    const match = PARAMETER.exec(part);
    if (!match || ELEMENTS[match[2] as string] === undefined)
      return refuse(
        `a @vectorize function takes numbers that arrays hold (${Object.keys(ELEMENTS).join(", ")}), got "${part.trim()}"`,
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
