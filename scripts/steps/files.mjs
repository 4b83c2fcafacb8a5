/** What the steps of the build know of files: which lie below a folder, and a digest of what they hold. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, posix, relative } from "node:path";

/** The sources are at fault: the build ends with this one line, and no stack. */
export class BuildError extends Error {}

/** The paths of the files below a folder, with slashes on every system, in an order that only their names decide. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(folder, relative(folder, entry.parentPath).replaceAll("\\", "/"), entry.name))
    .sort();
}

export function digestOf(...parts) {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

/** The digest of a file's bytes; null where there is no file. */
export function digestOfFile(path) {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("base64url") : null;
}

/** Of each file its path and its digest: equal as long as the same files hold the same bytes. */
export function digestsOf(paths) {
  return Object.fromEntries(paths.map((path) => [path, digestOfFile(path)]));
}

/** Removes the files below a folder that are not among those to keep, and the folders that are empty then. */
export function removeOthers(folder, keep) {
  const kept = new Set(keep);
  for (const path of filesBelow(folder)) {
    if (kept.has(path)) continue;
    rmSync(path);
    for (let parent = dirname(path); parent !== folder && readdirSync(parent).length === 0; parent = dirname(parent))
      rmdirSync(parent);
  }
}
