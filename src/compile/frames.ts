/** Errors and warnings as people read them: file:line:column, what is wrong, and the line with a mark below the place. */

import { hintOf } from "./hints.js";

/** A place in a file. */
export interface Spot {
  readonly file: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** `file:line:column: message`, and the code with a caret. */
export function describe(message: string, spot: Spot | undefined): string {
  const hint = hintOf(message, codeAt(spot));
  const text = hint ? `${message.replace(/\.$/, "")}: ${hint}` : message;
  if (!spot) return text;
  const before = spot.text.slice(0, spot.start).split("\n");
  const line = before.length;
  const column = (before.at(-1) as string).length + 1;
  return `${spot.file}:${line}:${column}: ${text}\n${frame(spot, line, column)}`;
}

/** From one character before a place (a blank at a line's start) to the end of its line. */
function codeAt(spot: Spot | undefined): string {
  if (!spot) return "";
  const before = spot.text[spot.start - 1] ?? " ";
  return `${before === "\n" ? " " : before}${spot.text.slice(spot.start).split("\n", 1)[0]}`;
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
