/** Errors and warnings as people read them: file:line:column, what is wrong, and the line with a mark below the place. */

/** A place in a file. */
export interface Spot {
  readonly file: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What to do about errors that TypeScript has not, or means otherwise; `$1` is the pattern's first group. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/closures/i, "a function can't use the local variables around it: pass them as arguments, or make them constants"],
  [/exceptions/i, "there is no try: check beforehand, or throw, which ends the call as a KernelError"],
  [/Conversion from type .* to '([iuf]\d+|[iu]size|bool)' requires an explicit cast/, "write <$1>(...)"],
  [
    /^Cannot find name '(Ptr|Whole|Shared|Random|scratch|mark|release|Lock|Semaphore|Event|Counter)'/,
    'import { $1 } from "allcores/assembly"',
  ],
  [/^Cannot find name '(?:any|unknown)'/, "every type is known when it is compiled: name one, such as f64"],
  [/^Module '~lib\/allcores\/assembly' has no/, "docs/kernels.md tells what it has"],
  [/^Type expected/, "parameters and results need types, such as i32 or f64"],
  [/whose declared type is not 'void' must return a value/, "each path must end with a return"],
];

/** `file:line:column: message`, and the code with a caret. */
export function describe(message: string, spot: Spot | undefined): string {
  const hint = hintOf(message);
  const text = hint ? `${message.replace(/\.$/, "")}: ${hint}` : message;
  if (!spot) return text;
  const before = spot.text.slice(0, spot.start).split("\n");
  const line = before.length;
  const column = (before.at(-1) as string).length + 1;
  return `${spot.file}:${line}:${column}: ${text}\n${frame(spot, line, column)}`;
}

function hintOf(message: string): string | undefined {
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(message);
    if (match) return hint.replace("$1", match[1] ?? "");
  }
  return undefined;
}

function frame({ text, start, end }: Spot, line: number, column: number): string {
  const lines = text.split("\n");
  const shown = lines[line - 1] ?? "";
  const width = Math.max(1, Math.min(end - start, shown.length - column + 1));
  const gutter = String(line).length;
  const code = (number: number, mark: string) =>
    `${mark} ${String(number).padStart(gutter)} | ${(lines[number - 1] ?? "").replaceAll("\t", " ")}`.trimEnd();
  return [
    ...(line > 1 ? [code(line - 1, " ")] : []),
    code(line, ">"),
    `  ${" ".repeat(gutter)} | ${" ".repeat(column - 1)}${"^".repeat(width)}`,
  ].join("\n");
}
