/**
 * Comments that name source maps, in dist/. The package leaves the maps out, and tools warn of a comment whose map is
 * missing: `prepack` removes the comments, `postpack` restores them, to the byte. A pack that was interrupted in between is
 * mended by the next build, which compiles what has changed under its hands.
 *
 *   node scripts/maps.mjs remove | restore
 */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow } from "./steps/files.mjs";

/** The last line of what TypeScript writes, with no end of line behind it. */
const comment = (map) => `//# sourceMappingURL=${basename(map)}`;

const changes = {
  remove: (text, line) => (text.endsWith(line) ? text.slice(0, -line.length) : text),
  restore: (text, line) => (text.endsWith(line) ? text : text + line),
};

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const change = Object.hasOwn(changes, process.argv[2]) ? changes[process.argv[2]] : undefined;
if (!change) throw new RangeError(`the argument must be one of ${Object.keys(changes).join(", ")}`);

for (const map of filesBelow("dist").filter((path) => /\.(js|d\.ts)\.map$/.test(path))) {
  const path = map.slice(0, -".map".length);
  const before = readFileSync(path, "utf8");
  const after = change(before, comment(map));
  if (after === before) continue;
  // In one step: a program that loads the file meanwhile finds it whole.
  writeFileSync(`${path}.new`, after, { mode: statSync(path).mode });
  renameSync(`${path}.new`, path);
}
