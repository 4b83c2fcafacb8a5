/** Finds the files of the package: kernels and worker entries, which a bundler must not join with others. */
import { existsSync } from "node:fs";
import { UnsupportedError } from "./errors.js";

/**
 * The URL of a file of this package, by its path below the compiled root.
 * @throws UnsupportedError when it is not there, which is what a bundler does to it
 */
export function packageFile(path: string): URL {
  // A bundle in CommonJS form has no import.meta.url at all.
  const base: string | undefined = import.meta.url;
  const url = base === undefined ? undefined : new URL(path, base);
  if (url !== undefined && existsSync(url)) return url;
  throw new UnsupportedError(
    `allcores can't find its file ${path}${url ? ` at ${url.href}` : ""}: it seems to be bundled into another file. Its ` +
      "workers and kernels are files of their own: keep the package outside of the bundle, for esbuild with " +
      "--external:allcores (or --packages=external), and install it beside the bundle",
  );
}
