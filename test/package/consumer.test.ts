/** The packed tarball, installed into an empty project: what an outsider gets. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { BenchReport } from "allcores/bench";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install, type Packed, pack, root, run, succeed, temporaryFolder } from "./consumer.js";

const scratch = temporaryFolder();
const project = scratch.path;
/** The oldest TypeScript supported. A devDependency of another name would take the command `tsc` over from the newer. */
const older = temporaryFolder();
const npx = (...args: string[]) => run(project, "npx", ["--no", "--", "allcores", ...args]);
/** Files that name every public name. */
const SURFACE = [
  "surface.ts",
  "surface-bench.ts",
  "surface-cluster.ts",
  "surface-arrays.ts",
  "surface-compile.ts",
  "surface-interpreters.ts",
  "surface-shared-memory.ts",
  "surface-sync.ts",
];
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
let packed: Packed;

beforeAll(async () => {
  packed = await pack(project);
  // Installs mostly wait for the registry.
  await Promise.all([install(project, packed.tarball), install(older.path, "typescript@~5.7")]);
}, 150_000);
afterAll(() => {
  scratch.remove();
  older.remove();
});

describe("the tarball", () => {
  const text = (path: string) => readFileSync(join(project, "node_modules/allcores", path), "utf8");

  it("holds the compiled package, its kernels and twins, and nothing to build it from", () => {
    const paths = packed.files.map(({ path }) => path);
    for (const name of ["pi", "fractal", "fractal-smooth", "fractal-distance", "sum"])
      for (const ending of ["wasm", "wasm.map", "twin.js"]) expect(paths).toContain(`dist/kernels/${name}.${ending}`);
    for (const name of ["pi", "fractal", "sum"])
      for (const ending of ["wasm", "wasm.map"]) expect(paths).toContain(`dist/kernels/${name}.scalar.${ending}`);
    for (const entry of Object.values<string | { types?: string; default?: string }>(manifest.exports))
      for (const target of typeof entry === "string" ? [entry] : [entry.types, entry.default])
        if (target) expect(paths).toContain(target.slice(2));
    expect(paths).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md", "package.json"]));
    const strays = paths.filter(
      (path) =>
        !/^(dist\/.*\.(js|d\.ts|wasm|wasm\.map|schema\.json)|assembly\/(index|lib\/seed|library\/.*|rt\/.*)\.ts|templates\/.*\.(js|json|md|ts)|docs\/.*\.(md|png|svg)|bench\/(native\/.*\.[ch]|python\/.*\.py)|[^/]+\.(md|json)|LICENSE)$/.test(
          path,
        ),
    );
    expect(strays).toEqual([]);
    expect(packed.unpackedSize).toBeLessThan(3.5e6);
  });

  it("has pages that link to nothing which it leaves out", () => {
    const paths = packed.files.map(({ path }) => path);
    const dead = paths
      .filter((path) => path.endsWith(".md"))
      .flatMap((page) =>
        [...text(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = ""]) => [page, link] as const),
      )
      .filter(([page, link]) => !/^https?:/.test(link) && !paths.includes(join(dirname(page), link)));
    expect(dead).toEqual([]);
  });

  it("names no path of the machine that it was built on", () => {
    const folders = [root.replace(/.$/, ""), homedir(), "file:///"].filter((path) => path.length > 4);
    const guilty = packed.files.flatMap(({ path }) => {
      const content = text(path);
      return folders.filter((folder) => content.includes(folder)).map((folder) => `${path}: ${folder}`);
    });
    expect(guilty).toEqual([]);
  });

  it("has declarations that need neither the dom library nor files outside of the package", () => {
    const guilty = packed.files
      .filter(({ path }) => path.endsWith(".d.ts"))
      .filter(({ path }) => {
        const code = text(path).replace(/\/\*[\s\S]*?\*\//g, "");
        return /\bWebAssembly\b|\bBufferSource\b|\bNodeJS\.|["'][./]*build\//.test(code);
      });
    expect(guilty).toEqual([]);
  });

  it("holds what kernels import and are compiled with, and the starter project", () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...["assembly/index.ts", "assembly/library/ptr.ts", "assembly/lib/seed.ts", "assembly/rt/arena.ts"],
        ...["templates/kernel/package.json", "templates/kernel/assembly/kernels.ts", "dist/compile/entry/compiler.js"],
      ]),
    );
  });

  it("makes the command executable, with the right interpreter", () => {
    const main = packed.files.find(({ path }) => path === manifest.bin.allcores);
    expect((main?.mode ?? 0) & 0o111).not.toBe(0);
    expect(text(manifest.bin.allcores)).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe("an ordinary program", () => {
  const expected = {
    hits: 2356067,
    pixels: 45542,
    sum: "49999995000000",
    twin: "49999995000000",
    added: 3,
    counted: 1000,
    scaled: [10, 20, 30, 40],
  };

  it("imports the package and gets the same answers on every executor", { timeout: 30_000 }, async () => {
    const { stdout, stderr } = await succeed(project, process.execPath, ["use.js"], 25_000);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      serial: expected,
      threads: expected,
      processes: expected,
      async: expected,
    });
  });

  it("requires the package from CommonJS", async () => {
    const { stdout } = await succeed(project, process.execPath, ["use.cjs"]);
    const { hits, sum, twin } = expected;
    expect(JSON.parse(stdout)).toEqual({ hits, sum, twin, cancelled: false, version: manifest.version });
  });

  it("refuses what is not an entry point", async () => {
    const outcome = await run(project, process.execPath, ["-e", 'import("allcores/dist/memory/heap.js")']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

describe("npx allcores", () => {
  it("tells its version", async () => {
    expect(await npx("--version")).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });

  it("computes", async () => {
    const { code, stdout } = await npx("pi", "--samples", "3e6", "--seed", "42", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ hits: 2356067, samples: 3e6, seed: "42" });
  });

  it("benches, with the peers' sources that came along", { timeout: 240_000 }, async () => {
    const command = join(project, "node_modules/.bin/allcores");
    const { stdout } = await succeed(
      project,
      command,
      ["bench", "sum", "--quick", "--json", "--save", "bench.html"],
      230_000,
    );
    const { comparisons, missing } = JSON.parse(stdout) as BenchReport;
    expect(comparisons.map(({ state }) => state)).not.toContain("wrong");
    const names = comparisons.flatMap((one) => (one.state === "done" ? one.cases.map(({ name }) => name) : []));
    expect(names).toContain("scalar Wasm, serial");
    for (const { why } of missing ?? []) expect(why).toMatch(/^no (C compiler|Python)/);
    expect(readFileSync(join(project, "bench.html"), "utf8")).toMatch(/^<!doctype html>/i);
  });
});

describe("kernels of the user's own", () => {
  const kernel =
    'import { Ptr } from "allcores/assembly"; export function f(begin: i32, end: i32, x: Ptr<f64>): void { x[begin] = 1; }';

  it("say what is missing without the compiler, and compile with it", { timeout: 120_000 }, async () => {
    writeFileSync(join(project, "own.ts"), kernel);
    const code = `import("allcores/compile").then(async ({ compileKernels }) => {
      const url = require("node:url").pathToFileURL("own.ts");
      const answer = await compileKernels(url, { cache: false }).then(Object.keys, ({ code, message }) => ({ code, message }));
      console.log(JSON.stringify(answer));
    })`;
    const compile = async () => JSON.parse((await succeed(project, process.execPath, ["-e", code], 25_000)).stdout);
    const message = "compiling kernels needs the package assemblyscript: npm install --save-dev assemblyscript";
    expect(await compile()).toEqual({ code: "ERR_UNSUPPORTED", message });
    const { code: status } = await npx("build", "own.ts");
    expect(status).toBe(1);

    const folder = temporaryFolder();
    expect(
      (
        await run(folder.path, process.execPath, [
          join(project, "node_modules/allcores/dist/cli/main.js"),
          "init",
          "mine",
        ])
      ).code,
    ).toBe(0);
    const mine = join(folder.path, "mine");
    await succeed(mine, "npm", ["install", packed.tarball, "--prefer-offline", "--no-audit", "--no-fund"], 90_000);
    expect((await succeed(mine, "npm", ["test"], 60_000)).stdout).toMatch(/# pass 4/);
    expect((await succeed(mine, "npm", ["run", "bench"], 60_000)).stdout).toMatch(/Wasm, all cores/);
    folder.remove();
  });
});

describe("a bundle", () => {
  const bundle = async (format: "esm" | "cjs", packages: "external" | "bundle") => {
    const outfile = join(project, `${packages}.${format === "esm" ? "mjs" : "cjs"}`);
    const entryPoints = [join(project, "app.js")];
    await build({ entryPoints, outfile, format, packages, bundle: true, platform: "node", logLevel: "silent" });
    return JSON.parse((await succeed(project, process.execPath, [outfile])).stdout);
  };

  it.each(["esm", "cjs"] as const)("with the package kept outside of it runs (%s)", async (format) => {
    expect(await bundle(format, "external")).toEqual({ hits: 235609315, sum: "499999999500000000" });
  });

  it.each(["esm", "cjs"] as const)("that swallows the package says what to do (%s)", async (format) => {
    const failure = await bundle(format, "bundle");
    expect(failure).toMatchObject({ name: "UnsupportedError", code: "ERR_UNSUPPORTED" });
    expect(failure.message).toMatch(/bundled.*--external:allcores/);
  });
});

describe("a strict TypeScript project", () => {
  const types = join(root, "node_modules/@types");
  const libraries = {
    "without the dom library": { lib: ["es2022"], types: ["node"] },
    "with it": { lib: ["es2022", "dom"], types: ["node"] },
    "with it, and without Node's types": { lib: ["es2022", "dom", "esnext.disposable"], types: [] },
  };
  const compilers: Record<string, string> = {
    "of this repository": dirnameOf("typescript/package.json"),
    "5.7": join(older.path, "node_modules/typescript"),
  };

  function dirnameOf(file: string): string {
    return join(createRequire(import.meta.url).resolve(file), "..");
  }

  describe.each(["of this repository", "5.7"])("TypeScript %s", (version) => {
    it.each(Object.keys(libraries))(
      "%s compiles every public name, exactly typed",
      { timeout: 60_000 },
      async (name) => {
        const compilerOptions = {
          ...libraries[name as keyof typeof libraries],
          target: "es2022",
          module: "nodenext",
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
          typeRoots: [types],
        };
        writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: SURFACE }));
        const tsc = join(compilers[version] as string, "bin/tsc");
        const { stdout } = await run(project, process.execPath, [tsc, "-p", "."], 60_000);
        expect(stdout).toBe("");
      },
    );
  });

  it("is asked about every public name", () => {
    // Guards the guard: every public name of the entry points is in the file that is compiled.
    const used = SURFACE.map((file) => readFileSync(join(project, file), "utf8")).join("");
    const entries = [
      "index",
      "bench",
      "cluster",
      "compile",
      "interpreters",
      "shared-memory",
      "sync",
      "threading",
      "worker",
    ].map((entry) => readFileSync(join(project, `node_modules/allcores/dist/${entry}.d.ts`), "utf8"));
    const names = [...entries.join("").matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = ""]) =>
      list.split(",").map((name) => name.replace(/^\s*(type )?|\s+$/g, "")),
    );
    const missing = names.filter((name) => name !== "" && !new RegExp(`\\b${name}\\b`).test(used));
    expect(names.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });
});
