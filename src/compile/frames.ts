/** Errors and warnings as people read them: file:line:column, what is wrong, and the line with a mark below the place. */

/** A place in a file. */
export interface Spot {
  readonly file: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What to do about errors that TypeScript has not. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/closures/i, "a function can't use the local variables around it: pass them as arguments, or make them constants"],
  [/exceptions/i, "there is no try: check beforehand, or throw, which ends the call as a KernelError"],
  [
    /^Type '\w+' is not assignable to type '\w+'|^Conversion from type .* requires an explicit cast/,
    "convert with a cast: <f32>x, <i32>x",
  ],
  [/Duplicate identifier '([iu](8|16|32|64)|f(32|64)|bool|usize|isize)'/, "that is the name of a type: choose another"],
  [
    /^Module '~lib\/allcores\/assembly/,
    "allcores/assembly has Ptr, Whole, Random, scratch and more: see docs/kernels.md",
  ],
  [/A function whose declared type is not 'void' must return a value/, "each path must end with a return"],
];

/** `file:line:column: message`, and the code with a caret. */
export function describe(message: string, spot: Spot | undefined): string {
  const hint = HINTS.find(([pattern]) => pattern.test(message))?.[1];
  const text = hint ? `${message} (${hint})` : message;
  if (!spot) return text;
  const before = spot.text.slice(0, spot.start).split("\n");
  const line = before.length;
  const column = (before.at(-1) as string).length + 1;
  return `${spot.file}:${line}:${column}: ${text}\n${frame(spot, line, column)}`;
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
