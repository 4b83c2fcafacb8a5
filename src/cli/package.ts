/** The package that this command belongs to, found by its name: the build joins this module with others, in another folder. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The package's manifest, from which its files can be reached. */
export const MANIFEST = pathToFileURL(createRequire(import.meta.url).resolve("allcores/package.json"));

/** Its version, read from the file rather than imported: JSON imports warn on Node 20. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(MANIFEST, "utf8")) as { version: string }).version;
}
