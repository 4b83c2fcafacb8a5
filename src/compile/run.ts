/**
 * One compilation, in the compiler's thread:
 *
 *   file ─> @vectorize ─> asc, its allocator replaced by the arena's ─> arrays.ts ─> refusals, signatures ─> module + metadata, map
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packageFile } from "../locate.js";
import { HEAP_START, LINE, PAGE, SLOT_BYTES } from "../memory/layout.js";
import { METADATA_VERSION, PLAIN_METADATA_VERSION } from "../memory/metadata.js";
import { tooMuchStaticData } from "../memory/slots.js";
import { inspectWasm } from "../memory/wasm.js";
import { Addresses, strayStores } from "./addresses.js";
import type { ArrayFlowResult } from "./array-flow.js";
import { checkedTables, followArrays, lostArrays } from "./arrays.js";
import {
  type Asc,
  type AscDiagnostic,
  type AscInternals,
  type AscPlace,
  type AscProgram,
  type AscSource,
  type Binaryen,
  type BinaryenModule,
  ELEMENT,
  ERROR,
  NO_EXPORT,
  NODE,
} from "./asc.js";
import { traceErrors, watchCompiler } from "./chain.js";
import { Code } from "./code.js";
import { constantSegments } from "./constants.js";
import { digestOf } from "./files.js";
import { describe, placeOf, type Spot, spotAt, spotOf } from "./frames.js";
import type { Compiled, CompileReply, CompileRequest, Dependency } from "./messages.js";
import { packageHint } from "./packages.js";
import { isLibrary, refusals, userSources } from "./refusals.js";
import { withMetadata } from "./section.js";
import { kernelsOf } from "./signatures.js";
import { kernelMap } from "./source-map.js";
import { staticEnd } from "./static-end.js";
import { splitTemplates } from "./templates.js";
import { variables } from "./variables.js";
import { refuseMarks, VectorizeError, vectorize } from "./vectorize.js";

/** The compiler's second entry file, with functions for the host: no file of the user's project. */
const HOST = "~allcores-host.ts";
const OUTPUT = "kernels.wasm";
/** What a checked build's host has, too: array-flow.ts calls it. */
const CHECKED_HOST = `export {
  boundary as __allcores_boundary, checkedAccess as __allcores_access, checkedSpan as __allcores_span,
  fits as __allcores_fits, refuse as __allcores_refuse,
} from "allcores/assembly/library/bounds";
`;
const BOUNDS_FILE = "library/bounds.ts";
const UNCHECKED = "CHECKED: bool = false";
/** This package as kernels import it, wherever it is installed. */
const PACKAGE = /(?:^|[\\/])node_modules[\\/]allcores[\\/]assembly[\\/](.*)$/;

function assemblyText(path: string): string {
  return readFileSync(packageFile(`../assembly/${path}`), "utf8");
}

const MISSING = "compiling kernels needs the package assemblyscript: npm install --save-dev assemblyscript";

let loading: Promise<Asc> | undefined;

/** The compiler, with the arena (rt/arena.ts) in place of its allocator. Loading it takes 0.25 s. */
function loadCompiler(file: string): Promise<Asc> {
  loading ??= importCompiler(file).then(([asc, internals]) => {
    const numbers = withArenaLine(asc.libraryFiles?.["util/number"] ?? "");
    if (numbers === undefined) throw new Error(unknownVersion(asc.version));
    asc.libraryFiles["rt/stub"] = assemblyText("rt/arena.ts");
    asc.libraryFiles["rt/agent"] = assemblyText("rt/agent.ts");
    asc.libraryFiles["util/number"] = numbers;
    watchCompiler(internals);
    clearNothing(asc.libraryFiles);
    return asc;
  });
  loading.catch(() => {
    loading = undefined; // the compiler may be installed by the next call
  });
  return loading;
}

function unknownVersion(found: string): string {
  const { peerDependencies } = JSON.parse(readFileSync(packageFile("../package.json"), "utf8"));
  const wanted = `assemblyscript@${peerDependencies.assemblyscript}`;
  return `assemblyscript ${found} is there, which allcores does not know: npm install --save-dev "${wanted}"`;
}

/**
 * The library turns numbers into text in 56 bytes of static memory, which all workers would write at once: here it uses
 * the arena's line. Undefined where the library's text is not the known one.
 */
function withArenaLine(library: string): string | undefined {
  const changed = library.replace(/^.*\bconst dtoa_buf = memory\.data\(MAX_DOUBLE_LENGTH << 1\);$/m, "");
  return changed === library ? undefined : changed.replaceAll(/\bdtoa_buf\b/g, "__arena_line()");
}

/**
 * The library's constructors no longer clear what they allocate, since the arena clears it. Where the library's text is
 * not the known one, they clear it again, which costs time and nothing else.
 */
function clearNothing(library: Asc["libraryFiles"]): void {
  for (const [name, text] of Object.entries(library))
    library[name] = text.replaceAll(/\bif \(ASC_RUNTIME != Runtime\.Incremental\)/g, "if (false)");
}

/** The compiler beside this package, else beside the kernel: a linked package has other neighbours than its user. */
async function importCompiler(file: string): Promise<[Asc, AscInternals]> {
  try {
    return await importBoth("assemblyscript/asc", "assemblyscript");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      const dist = join(folder, "node_modules/assemblyscript/dist");
      const [asc, internals] = ["asc.js", "assemblyscript.js"].map((part) => pathToFileURL(join(dist, part)).href);
      if (existsSync(join(dist, "asc.js"))) return importBoth(asc as string, internals as string);
      if (dirname(folder) === folder) throw error;
    }
  }
}

/** The compiler and its inner module: without the inner module, errors in libraries lack the line that led there. */
async function importBoth(asc: string, internals: string): Promise<[Asc, AscInternals]> {
  return [await import(asc), await import(internals).catch(() => ({}))];
}

/** Reads files for the compiler, and records them as dependencies. */
class Files {
  readonly dependencies = new Map<string, string | undefined>();

  constructor(
    private readonly folder: string,
    private readonly entry: string,
    private readonly isChecked: boolean,
  ) {}

  read(name: string, baseDir: string): string | null {
    if (name === HOST) return `${this.packageSource("rt/host.ts")}${this.isChecked ? CHECKED_HOST : ""}`;
    if (basename(name) === "asconfig.json") return null; // a project's settings are not for kernels
    const inPackage = PACKAGE.exec(name)?.[1];
    const path = inPackage
      ? fileURLToPath(packageFile("../assembly/")) + inPackage
      : resolve(this.folder, baseDir, name);
    const text = this.#content(path);
    if (inPackage === BOUNDS_FILE && this.isChecked) return text?.replace(UNCHECKED, "CHECKED: bool = true") ?? null;
    if (text === null || inPackage) return text;
    if (resolve(path) === this.entry) return vectorize(basename(this.entry), text);
    refuseMarks(relative(this.folder, path), text);
    return text;
  }

  /** A file of this package: the result depends on it, too. */
  packageSource(path: string): string | null {
    return this.#content(fileURLToPath(packageFile(`../assembly/${path}`)));
  }

  #content(path: string): string | null {
    try {
      const text = readFileSync(path, "utf8");
      this.dependencies.set(path, digestOf(text));
      return text;
    } catch (error) {
      if (!["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      this.dependencies.set(path, undefined);
      return null;
    }
  }

  list(): Dependency[] {
    return [...this.dependencies].map(([path, digest]) => ({ path, digest }));
  }
}

/** Compiles a file. Never throws: the reply carries the errors. */
export async function runCompiler(request: CompileRequest): Promise<CompileReply> {
  const { file } = request;
  const files = new Files(dirname(file), file, request.checked);
  const failed = (message: string): CompileReply => ({ state: "failed", message, dependencies: files.list() });
  try {
    files.dependencies.set(file, digestOf(readFileSync(file, "utf8")));
  } catch (error) {
    files.dependencies.set(file, undefined);
    return failed(`${file} can't be read: ${(error as Error).message}`);
  }
  let asc: Asc;
  try {
    asc = await loadCompiler(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND") return { state: "missing", message: MISSING };
    return failed(`${basename(file)} can't be compiled: ${message ?? String(error)}`);
  }
  const errors: string[] = [];
  try {
    const compiled = await compile(asc, request, files, errors);
    if (compiled && errors.length === 0) return { state: "done", compiled };
  } catch (error) {
    if (error instanceof VectorizeError) errors.push(error.message);
    else errors.push(`the compiler gave up: ${(error as Error)?.stack ?? String(error)}`);
  }
  return failed(`${basename(file)} does not compile:\n\n${errors.join("\n\n")}`);
}

async function compile(
  asc: Asc,
  { file, base, arena, optimize, noAssert, checked }: CompileRequest,
  files: Files,
  errors: string[],
): Promise<Compiled | undefined> {
  for (const name of ["rt/arena.ts", "rt/agent.ts"]) files.packageSource(name); // loadCompiler has read them: the result depends on them, too
  const slotEnd = base - LINE + SLOT_BYTES;
  const diagnostics: AscDiagnostic[] = [];
  const written = new Map<string, Uint8Array | string>();
  let program!: AscProgram;
  let code!: Code;
  let addresses!: Addresses;
  let arrays!: ArrayFlowResult;
  let [allocates, locks] = [false, false];
  const isTheirs = (path: string) => isLibrary(path, asc.libraryFiles);
  class Watcher {
    declare readonly program: AscProgram;
    declare readonly binaryen: Binaryen;
    constructor() {
      program = this.program;
      traceErrors(program);
    }
    afterParse({ sources }: { sources: readonly AscSource[] }): void {
      splitTemplates(sources);
    }
    afterCompile(module: BinaryenModule): void {
      code = new Code(this.binaryen, module, program, isTheirs);
      addresses = new Addresses(code, { begin: base, end: slotEnd });
      allocates = ["__alloc", "__arena_scratch"].some((name) => program.instancesByName.has(`~lib/rt/stub/${name}`));
      locks = program.instancesByName.has("~lib/rt/agent/__lock_taken");
      arrays = followArrays(this.binaryen, module, program, { entry: basename(file, ".ts"), isTheirs, checked });
    }
  }
  // biome-ignore format: pairs
  const args = [
    file, HOST, "--baseDir", dirname(file), "--outFile", OUTPUT, "--sourceMap", "--runtime", "stub", "--exportStart", "__allcores_start",
    "--importMemory", "--sharedMemory", "--noExportMemory", "--initialMemory", String(HEAP_START / PAGE), "--maximumMemory", "65535",
    "--memoryBase", String(base), "--enable", "threads", "--enable", "simd",
    "--optimizeLevel", String(optimize), "--shrinkLevel", "0", ...(noAssert ? ["--noAssert"] : []),
  ];
  const outcome = await asc.main(args, {
    readFile: (name, baseDir) => files.read(name, baseDir),
    writeFile: (name, content) => void written.set(name, content),
    listFiles: () => null,
    reportDiagnostic: (diagnostic) => void diagnostics.push(diagnostic),
    transforms: [Watcher],
  });
  const warnings: string[] = [];
  for (const diagnostic of diagnostics.filter((one, i, all) => !isEcho(one, i, all))) {
    const text = textOf(program, diagnostic, dirname(file));
    if (diagnostic.category >= ERROR) errors.push(text);
    else if (diagnostic.category === ERROR - 1 && diagnostic.code !== NO_EXPORT) warnings.push(text);
  }
  if (errors.length > 0) return undefined;
  const binary = written.get(OUTPUT);
  if (outcome.error || !(binary instanceof Uint8Array)) throw outcome.error ?? new Error("it wrote no module");

  const { imports, mutableExports, exports } = inspectWasm(binary, basename(file));
  const entry = basename(file, ".ts");
  const { kernels, ...signatures } = kernelsOf(program, entry, new Set(exports.keys()), arrays.hidden);
  const found = variables(program, code, entry, asc.libraryFiles, mutableExports);
  errors.push(
    ...refusals(program, code, imports, asc.libraryFiles),
    ...found.errors,
    ...signatures.errors,
    ...lostArrays(arrays.lost),
  );
  if (kernels.length === 0 && errors.length === 0)
    errors.push(
      describe(
        "it exports no function that could be a kernel, as methods, constants and generic ones can't: write export function " +
          "f(begin: i32, ...)",
        firstFunction(program, entry),
      ),
    );
  const end = errors.length === 0 ? staticEnd(binary) : base;
  if (end !== undefined && end > slotEnd) errors.push(describe(tooMuchStaticData(basename(file)), firstLine(program)));
  const stray = strayStores(addresses.stray(end ?? slotEnd));
  const source = basename(file);
  const hasStaticData = end === undefined || end > base;
  const metadata = {
    version: checked || arrays.hidden.size > 0 ? METADATA_VERSION : PLAIN_METADATA_VERSION,
    source,
    base,
    hasStaticData,
    arena: allocates ? arena : 0,
    locks,
    constants: constantSegments(binary, addresses, program.stringInstance.id),
    kernels,
    ...(checked && { checked: checkedTables(arrays) }),
  } as const;
  return {
    wasm: withMetadata(binary, metadata),
    map: kernelMap(String(written.get(`${OUTPUT}.map`)), binary, signatures.places),
    kernels,
    hasStaticData,
    warnings: [...warnings, ...stray, ...found.warnings, ...signatures.warnings],
    dependencies: files.list(),
  };
}

/** Of two diagnostics at one place the later says more: that of a closure follows one of a variable without a value. */
function isEcho({ range, category }: AscDiagnostic, i: number, all: readonly AscDiagnostic[]): boolean {
  const place = (at: AscDiagnostic["range"]) => at && `${at.start} ${at.end} ${at.source.normalizedPath}`;
  return all.slice(i + 1).some((later) => range && place(later.range) === place(range) && later.category >= category);
}

/** The text of a diagnostic; an error in a library gets the place of the user's line that led there. */
function textOf(program: AscProgram, { message, range, relatedRange }: AscDiagnostic, folder: string): string {
  const spot = spotIn(program, range);
  const cause = spot?.file.startsWith("~") ? spotIn(program, relatedRange) : undefined;
  if (!spot || !cause) return describe(message, spot, packageHint(message, folder));
  return describe(`${message.replace(/\.$/, "")} (in ${placeOf(spot)})`, cause);
}

function spotIn(program: AscProgram, range: AscPlace | null): Spot | undefined {
  if (!range) return undefined;
  const source = program.sources.find(({ normalizedPath }) => normalizedPath === range.source.normalizedPath);
  return source && { file: source.normalizedPath, text: source.text, start: range.start, end: range.end };
}

/** A function that may have been meant as a kernel, if there is one. */
function firstFunction(program: AscProgram, entry: string): Spot | undefined {
  const meant = [...(program.filesByName.get(entry)?.members?.values() ?? [])].find(
    ({ kind, declaration: { initializer } }) =>
      kind === ELEMENT.functionPrototype || initializer?.kind === NODE.function,
  );
  return meant ? spotOf(meant) : firstLine(program);
}

function firstLine(program: AscProgram): Spot | undefined {
  const [source] = userSources(program);
  return source && spotAt({ source, start: 0, end: 1 });
}
