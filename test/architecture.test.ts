/** The law of the rooms, read from CONTRIBUTING.md and the import lines; and what the published types may name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./support/system.js";

interface Room {
  readonly order: number;
  /** Of files, or of a folder with everything in it. */
  readonly paths: readonly string[];
  /** What its files may import beside themselves and the rooms of a lower order. */
  readonly besides: readonly string[];
}

/** The law, as CONTRIBUTING.md says it. */
const ROOMS: readonly Room[] = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, order = "", room = ""]) => /^\d$/.test(order) && room.startsWith("`src/"))
  .map(([, order = "", room = "", , besides = ""]) => ({
    order: Number(order),
    paths: named(room),
    besides: named(besides),
  }));

function named(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}

const EXECUTORS = ["serial", "threads", "processes", "async", "cluster"]
  .map((name) => `src/executors/${name}.ts`)
  .concat("src/interpreters/executor.ts");
const ENTRIES = [
  "index",
  "arrays",
  "bench",
  "cluster",
  "compile",
  "interpreters",
  "shared-memory",
  "sync",
  "threading",
  "worker",
];
const MAX_LINES = 400;

function filesBelow(folder: string, extension: RegExp): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => extension.test(file));
}

const text = (file: string) => readFileSync(join(ROOT, file), "utf8");
const isIn = (file: string, path: string) => (path.endsWith("/") ? file.startsWith(path) : file === path);
const roomOf = (file: string) => ROOMS.find(({ paths }) => paths.some((path) => isIn(file, path)));

/** The files of the package that a file imports, exports from, or names in an import type. */
function importsOf(file: string): string[] {
  const found = text(file).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}\/[^"']+)["']/g);
  return [...found].map(([, path]) =>
    relative(ROOT, join(ROOT, dirname(file), path as string)).replace(/\.js$/, ".ts"),
  );
}

const sources = filesBelow("src", /\.ts$/);
const edges = sources.flatMap((file) => importsOf(file).map((target) => [file, target] as const));

describe("rooms", () => {
  it("are found: every file has one, every import a file", () => {
    expect(ROOMS.length).toBeGreaterThan(12);
    expect(edges.length).toBeGreaterThan(100);
    for (const file of sources) expect(roomOf(file), file).toBeDefined();
    for (const { paths } of ROOMS)
      for (const path of paths)
        expect(
          sources.some((file) => isIn(file, path)),
          path,
        ).toBe(true);
    for (const [file, target] of edges)
      expect(target.startsWith("build/") || sources.includes(target), `${file} imports ${target}`).toBe(true);
  });

  it("import downwards only", () => {
    const wrong = edges.filter(([file, target]) => {
      const [room, other] = [roomOf(file) as Room, roomOf(target)];
      const isBelow = other === room || (other && other.order < room.order);
      return !isBelow && !room.besides.some((path) => isIn(target, path));
    });
    expect(wrong).toEqual([]);
  });

  it("keep executors apart: none imports another", () => {
    const wrong = edges.filter(
      ([file, target]) => file !== target && EXECUTORS.includes(file) && EXECUTORS.includes(target),
    );
    expect(wrong).toEqual([]);
  });

  it("keep the command line and the tests outside: they use the package by its name, or its built files", () => {
    const outside = ["test", "bench", "examples"].flatMap((folder) => filesBelow(folder, /\.(ts|mjs|js)$/));
    const files = [...outside, ...sources.filter((file) => file.startsWith("src/cli/"))];
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith("src/") && !target.startsWith("src/cli/")) // which is no part of it
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("have no circles of imports, of types neither", () => {
    const targets = new Map(sources.map((file) => [file, importsOf(file)]));
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) expect.fail(`a circle: ${[...path.slice(path.indexOf(file)), file].join(" > ")}`);
      if (done.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
  });

  it("are small enough to look over: 16 files of executors at most, beside their folders", () => {
    const files = sources.filter((file) => /^src\/executors\/[^/]+$/.test(file));
    expect(files.length).toBeLessThanOrEqual(16);
  });
});

/** What test runners replace: a job must not wait for a tick of the test. */
const REPLACED = "setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|clearImmediate|performance";

/** The code of a file, without its comments, strings and regular expressions. */
function codeOf(file: string): string {
  return text(file)
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|(?<=[[(,]\s*)\/(?:[^/\\\n]|\\.)+\/[a-z]*/g, '""');
}

describe("timers and the clock", () => {
  const ofPackage = sources.filter((file) => !file.startsWith("src/cli/") && file !== "src/timers.ts");

  it("are taken from src/timers.ts, by the command line from node:timers and node:perf_hooks", () => {
    const users = sources.filter((file) => new RegExp(`\\b(${REPLACED})\\b`).test(codeOf(file)));
    expect(users.length).toBeGreaterThan(30);
    for (const file of users) {
      const imported = [...codeOf(file).matchAll(/^import \{([^}]*)\}/gm)].flatMap(([, names = ""]) =>
        names.split(/[\s,]+/),
      );
      const uses = codeOf(file).matchAll(new RegExp(`(?<![\\w.])(${REPLACED})(?=\\s*[(.,;)])`, "g"));
      for (const [, name] of uses) if (file !== "src/timers.ts") expect(imported, `${name} in ${file}`).toContain(name);
    }
    for (const file of ofPackage) {
      expect(text(file), file).not.toMatch(/from "(node:)?(timers|timers\/promises)"/);
      expect(text(file), file).not.toMatch(/import \{[^}]*\bperformance\b[^}]*\} from "(node:)?perf_hooks"/);
    }
  });

  it("are no global's and no wall clock's", () => {
    const other =
      /\bglobalThis\s*\.\s*(set|clear|performance|Date)|\bDate\s*\.\s*now|\bnew Date\(\)\s*\.\s*getTime|\bhrtime\b/;
    for (const file of sources) expect(codeOf(file), file).not.toMatch(other);
  });
});

describe("kernels", () => {
  const kernels = filesBelow("assembly/kernels", /\.ts$/);
  const scalar = filesBelow("assembly/scalar", /\.ts$/);

  it("import only assembly/lib, the plain ports of twins nothing", () => {
    expect(kernels.length).toBeGreaterThan(0);
    const wrong = kernels.flatMap((file) =>
      [...text(file).matchAll(/\bfrom\s*["']([^"']+)["']/g)]
        .map(([, path]) => path as string)
        .filter((path) => !/^\.\.\/lib\/[\w/-]+$/.test(path))
        .map((path) => `${file} imports ${path}`),
    );
    expect(wrong).toEqual([]);
    for (const file of scalar) expect(text(file), file).not.toMatch(/\bfrom\s*["']/);
  });

  it("of users import what is published: the library imports its own files and the seeding", () => {
    const files = ["assembly/index.ts", ...filesBelow("assembly/library", /\.ts$/)];
    const wrong = files.flatMap((file) =>
      [...text(file).matchAll(/\bfrom\s*["']([^"']+)["']/g)]
        .map(([, path]) => path as string)
        .filter((path) => !/^\.\/(library\/)?[\w-]+$/.test(path) && path !== "../lib/seed")
        .map((path) => `${file} imports ${path}`),
    );
    expect(files.length).toBeGreaterThan(3);
    expect(wrong).toEqual([]);
  });

  it("come with a file of the same name on the other side, and a JS twin", () => {
    for (const kernel of kernels) {
      const name = kernel.replace("assembly/kernels/", "").replace(/\.ts$/, "");
      // A kernel with several outputs has one plan: fractal-smooth's is fractal's.
      expect(sources).toContain(`src/kernels/${name.split("-")[0]}.ts`);
      expect(sources).toContain(`src/kernels/${name}.twin.ts`);
    }
    expect(scalar.length).toBeGreaterThan(0);
    for (const file of scalar) expect(kernels).toContain(file.replace("assembly/scalar/", "assembly/kernels/"));
  });
});

it(`no file is longer than ${MAX_LINES} lines`, () => {
  const files = ["src", "assembly", "test", "bench", "examples", "scripts"].flatMap((folder) =>
    filesBelow(folder, /\.(ts|mjs|js|cjs)$/),
  );
  const long = files
    .filter((file) => !file.includes("node_modules"))
    .map((file) => [file, text(file).trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > MAX_LINES);
  expect(long).toEqual([]);
});

describe("published types", () => {
  /** The declarations that a user's compiler reads, from an entry on. */
  function reachable(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const target of importsOf(file)) reachable(target.replace(/\.ts$/, ".d.ts"), seen);
    return seen;
  }

  it.each(ENTRIES)("%s names nothing of the dom library or of dependencies", (entry) => {
    for (const file of reachable(`dist/${entry}.d.ts`)) {
      const code = text(file)
        .replaceAll(/\/\*[\s\S]*?\*\//g, "")
        .replaceAll(/\/\/.*/g, "");
      expect(code, file).not.toMatch(/\bWebAssembly\b|\bBufferSource\b/);
      expect(code, file).not.toMatch(/\bany\b/);
      const packages = [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^."'][^"']*)["']/g)].map(
        ([, name]) => name,
      );
      expect(
        packages.filter((name) => !name?.startsWith("node:")),
        file,
      ).toEqual([]);
    }
  });
});
