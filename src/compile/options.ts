/** The options of a compilation, checked, and the versions that its result depends on. */
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnsupportedError } from "../errors.js";
import { packageFile } from "../locate.js";
import { byteSize, optionalFunction, optionsObject, show, wholeNumber } from "../validate.js";
import type { CompileRequest } from "./messages.js";

export interface CompileOptions {
  /**
   * Bytes (or "4MiB") that one call may allocate, 64 KiB to 1 GiB, default 1 MiB. A pool of threads takes one
   * arena for each worker from the heap, and two more.
   */
  readonly arena?: number | string | undefined;
  /** How much to optimise, default 3: less compiles faster. */
  readonly optimize?: 0 | 1 | 2 | 3 | undefined;
  /** Whether assertions (`assert`) are compiled, default true. */
  readonly assert?: boolean | undefined;
  /**
   * Whether the indices of arrays are checked, to find wrong ones: one that is not in its array fails the call with a
   * KernelError that names array, index, length and line. Default false, and true with ALLCORES_CHECKED=1.
   */
  readonly checked?: boolean | undefined;
  /** Whether a module that was compiled before is taken from disk, default true. */
  readonly cache?: boolean | undefined;
  /** Called with each warning; default: `process.emitWarning`. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

const ARENA = { default: 2 ** 20, least: 2 ** 16, most: 2 ** 30 };

/** Characters of a file's name that the compiler's source maps and comments of one line can't hold. */
const UNFIT = /["\\\p{Cc}\u2028\u2029]/u;

const NAMES = ["arena", "optimize", "assert", "checked", "cache", "onWarning"];

/** The checked options, as a request without file and base. `more`: further names that options may have. */
export function checkedOptions(
  options: CompileOptions,
  more: readonly string[] = [],
): Omit<CompileRequest, "file" | "base"> {
  optionsObject("options", options);
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name) && !more.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`options has ${[...NAMES, ...more].join(", ")}, and no ${show(unknown)}`);
  optionalFunction("onWarning", options.onWarning);
  for (const name of ["assert", "checked", "cache"] as const)
    if (options[name] !== undefined && typeof options[name] !== "boolean")
      throw new TypeError(`${name} must be a boolean, got ${show(options[name])}`);
  const arena = wholeNumber("arena", byteSize("arena", options.arena ?? ARENA.default), ARENA.least, ARENA.most);
  const optimize = wholeNumber("optimize", options.optimize ?? 3, 0, 3);
  return { arena, optimize, noAssert: options.assert === false, checked: options.checked ?? false };
}

/** The path of a kernel's file. */
export function kernelFile(url: unknown): string {
  const found = url instanceof URL ? url : typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (found === undefined)
    throw new TypeError(
      `url must be a URL of an AssemblyScript file, such as new URL("./kernel.ts", import.meta.url), got ${show(url)}`,
    );
  if (found.protocol !== "file:")
    throw new UnsupportedError(`kernels are compiled from file: URLs, got ${found.protocol}`);
  const path = fileURLToPath(found);
  if (!path.endsWith(".ts")) throw new TypeError(`url must name an AssemblyScript file, x.ts, got ${path}`);
  if (UNFIT.test(basename(path)))
    throw new TypeError(
      `url must name a file without quotes ("), backslashes and line breaks, got ${show(basename(path))}`,
    );
  return path;
}

/** The versions of this package and of the compiler that will be found: the result depends on them, too. */
export function compilerVersions(file: string): string {
  return `${versionOf([packagePath("../package.json")])} ${versionOf(compilerManifests(file))}`;
}

/** The paths where run.ts looks for the compiler: beside this package, in this repository, beside the kernel and above. */
function compilerManifests(file: string): string[] {
  const manifest = "node_modules/assemblyscript/package.json";
  const near = ["../../assemblyscript/package.json", `../${manifest}`].map(packagePath);
  const above: string[] = [];
  for (let folder = dirname(file); above.at(-1) !== join(folder, manifest); folder = dirname(folder))
    above.push(join(folder, manifest));
  return [...near, ...above];
}

const packagePath = (path: string) => join(fileURLToPath(packageFile("../package.json")), "../dist", path);

function versionOf(manifests: readonly string[]): string {
  for (const path of manifests)
    try {
      return JSON.parse(readFileSync(path, "utf8")).version;
    } catch {
      // no compiler is at this path
    }
  return "?";
}

/** Gives the warnings to `onWarning`, else to the process. */
export function reportWarnings(warnings: readonly string[], { onWarning }: CompileOptions): void {
  for (const warning of warnings)
    if (onWarning) onWarning(warning);
    else process.emitWarning(warning, "CompileWarning");
}
