/** Packages of AssemblyScript, as imports of kernels find them: `name/assembly`, in node_modules of the folder or above. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** The compiler's message for a file that it has not found in a package; `~lib/lists/assembly/x.ts`. */
const NOT_FOUND = /^File '~lib\/((?:@[^/']+\/)?[^/']+)(?:\/[^']*)?' not found/;

/** A hint names at most so many files of a package. */
const MOST_NAMES = 6;

/** The hint for a missing file of a package that is made for kernels: what to import; undefined for all else. */
export function packageHint(message: string, folder: string): string | undefined {
  const name = NOT_FOUND.exec(message)?.[1]?.replace(/\.ts$/, "");
  if (name === undefined) return undefined;
  if (name === "allcores") return 'kernels import "allcores/assembly", which has all that is for them';
  const files = sourcesOf(name, folder);
  if (files.length === 0) return undefined;
  const shown = files.slice(0, MOST_NAMES).map((file) => JSON.stringify(`${name}/assembly${file && `/${file}`}`));
  return `the package ${name} has no such file: import ${shown.join(", ")}${files.length > MOST_NAMES ? " ..." : ""}`;
}

/** The files of a package's `assembly/` that can be imported, its index first, as "". */
function sourcesOf(name: string, folder: string): string[] {
  for (let above = folder; ; above = dirname(above)) {
    const names = namesIn(join(above, "node_modules", name, "assembly"));
    if (names.length > 0) return names.map((file) => (file === "index" ? "" : file)).sort();
    if (dirname(above) === above) return [];
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((file) => /^(.+?)(?<!\.d)\.ts$/.exec(file)?.[1] ?? []);
  } catch {
    return []; // the folder is not there
  }
}
