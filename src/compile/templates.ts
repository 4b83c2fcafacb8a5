/**
 * Template literals that are safe with many workers. The compiler joins a literal of several parts in one static array,
 * which all workers would write at once, and concatenates one of two parts: so longer literals become nested ones of two
 * parts each: `a${x}b` is `${`a${x}`}${`b`}`.
 */
import { type AscExpression, type AscSource, NODE } from "./asc.js";
import { visit } from "./tree.js";

interface Template extends AscExpression {
  tag: AscExpression | null;
  parts: readonly string[];
  rawParts: readonly string[];
  expressions: readonly AscExpression[];
}

/** Changes all template literals of parsed sources, the compiler's library among them. */
export function splitTemplates(sources: readonly AscSource[]): void {
  for (const source of sources)
    if (source.text.includes("${"))
      visit(source, (node) => {
        if (isTemplate(node)) split(node);
      });
}

function isTemplate(node: object): node is Template {
  const { kind, literalKind, tag } = node as Template;
  return kind === NODE.literal && literalKind === NODE.templateLiteral && !tag;
}

function split(template: Template): void {
  const { parts, expressions } = template;
  if (parts.length < 2) return;
  const made = (texts: readonly string[], values: readonly AscExpression[]): AscExpression =>
    Object.assign(Object.create(Object.getPrototypeOf(template)), template, {
      parts: texts,
      rawParts: texts,
      expressions: values,
    });
  const pieces = expressions.map((expression, i) => made([parts[i] as string, ""], [expression]));
  const last = parts.at(-1) as string;
  if (last !== "") pieces.push(made([last], []));
  const end = pieces.pop() as Template;
  if (pieces.length === 0) return;
  const all = pieces.reduce((before, piece) => made(["", "", ""], [before, piece]));
  Object.assign(template, { parts: ["", "", ""], rawParts: ["", "", ""], expressions: [all, end] });
}
