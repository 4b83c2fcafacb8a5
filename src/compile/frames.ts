/** Errors and warnings as people read them: file:line:column, what is wrong, and the line with a mark below the place. */
import type { AscElement, AscRange } from "./asc.js";
import { hintOf } from "./hints.js";

/** A place in a file. */
export interface Spot {
  readonly file: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export function spotAt({ source, start, end }: AscRange): Spot {
  return { file: source.normalizedPath, text: source.text, start, end };
}

/** The place of a declaration. */
export function spotOf({ declaration }: Pick<AscElement, "declaration">): Spot {
  return spotAt(declaration.range);
}

/** `file:line:column: message: hint`, and the code with a caret. */
export function describe(message: string, spot: Spot | undefined, hint = hintOf(message, codeAt(spot))): string {
  const text = hint ? `${message.replace(/\.$/, "")}: ${hint}` : message;
  return spot ? `${placeOf(spot)}: ${text}\n${frame(spot)}` : text;
}

/** `file:line:column` */
export function placeOf(spot: Spot): string {
  return `${spot.file}:${lineAndColumn(spot).join(":")}`;
}

/** Where a place begins; both count from 1. */
export function lineAndColumn({ text, start }: Spot): readonly [line: number, column: number] {
  const before = text.slice(0, start).split("\n");
  return [before.length, (before.at(-1) as string).length + 1];
}

/** From one character before a place (a blank at a line's start) to the end of its line. */
function codeAt(spot: Spot | undefined): string {
  if (!spot) return "";
  const before = spot.text[spot.start - 1] ?? " ";
  return `${before === "\n" ? " " : before}${spot.text.slice(spot.start).split("\n", 1)[0]}`;
}

function frame(spot: Spot): string {
  const { text, start, end } = spot;
  const [line, column] = lineAndColumn(spot);
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
