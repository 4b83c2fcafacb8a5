/** Where things are: the package's sources, and the programs of this machine. */
import { accessSync, constants, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/** By the package's own name: this file runs from bench/ and, compiled, from elsewhere. */
export const ROOT = dirname(createRequire(import.meta.url).resolve("allcores/package.json"));

const EXTENSION = process.platform === "win32" ? ".exe" : "";

/** All programs of these names on the PATH: those of the first name first. */
export function onPath(...names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const all = names.flatMap((name) => folders.map((folder) => join(folder, name + EXTENSION)));
  return [...new Set(all)].filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
