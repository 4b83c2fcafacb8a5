/**
 * Joins modules that are loaded together: a file costs Node a third of a ms to find and link, in every thread and process
 * anew, and the 50 of a worker were half of its start.
 *
 *   build/modules/x.js      what TypeScript made of src/x.ts
 *   dist/x.js               the same, or, of a module that is joined, a line that takes its exports from
 *   dist/<name>.joined.js   all that some entries import, and none before them
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, posix, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { digestOf, digestsOf } from "./files.mjs";
import { Stamp } from "./stamp.mjs";
import { compiledModules, MODULES } from "./typescript.mjs";

/**
 * By the name of each joined file the modules that it begins from: entries, and what several of the later files import. The
 * files lie in dist/ itself: src/locate.ts looks from there.
 */
const JOINS = {
  worker: ["worker/entry/thread", "worker/entry/dedicated", "worker/entry/process"],
  common: [
    "sync/queue-origin",
    "sync/async-line",
    "abort",
    "locate",
    "job/prepare",
    "worker/hear-worker",
    "worker/leftovers",
  ],
  interpreter: ["interpreters/entry/interpreter", "interpreters/entry/executor"],
  sync: ["sync"],
  thread: ["threading/entry/thread"],
  index: ["index"],
  threading: ["threading"],
  interpreters: ["interpreters"],
  "shared-memory": ["shared-memory"],
  cluster: ["cluster"],
  bench: ["bench"],
  arrays: ["arrays"],
  compile: ["compile"],
  compiler: ["compile/entry/compiler"],
  cli: ["cli/main"],
};

/** The files that a module imports before it runs, as TypeScript writes that. */
function importsOf(path) {
  const statements = readFileSync(path, "utf8").matchAll(/^(?:import|export)(?:\b[^;"]* from)? "(\.[^"]+)";$/gm);
  return [...statements].map(([, specifier]) => posix.join(posix.dirname(path), specifier));
}

/** The entries, which no module imports, and by each module that is joined the name of its joined file. */
function plan(modules) {
  const imported = new Set(modules.flatMap(importsOf));
  const entries = new Set();
  const joined = new Map();
  const visit = (path, name) => {
    if (joined.has(path)) return;
    if (imported.has(path)) joined.set(path, `${name}.joined`);
    else entries.add(path);
    for (const next of importsOf(path)) visit(next, name);
  };
  for (const [name, roots] of Object.entries(JOINS))
    for (const path of roots.map((root) => `${MODULES}/${root}.js`)) if (existsSync(path)) visit(path, name);
  return { entries, joined };
}

/** A module with its map, which TypeScript wrote for a file at another depth: its source is known by its whole path. */
function load(path) {
  const map = JSON.parse(readFileSync(`${path}.map`, "utf8"));
  const sources = map.sources.map((source) => resolve(dirname(path), source));
  return { code: readFileSync(path, "utf8"), map: { ...map, sources } };
}

/** Writes dist/ from the modules, if they have changed since. @returns the files that it holds of them */
export async function joinModules() {
  const modules = compiledModules().filter((path) => path.endsWith(".js"));
  const inputs = digestOf(digestsOf([...modules, "scripts/steps/join.mjs", "node_modules/.package-lock.json"]));
  const stamp = new Stamp("join");
  if (stamp.covers(inputs)) return stamp.outputs;
  stamp.remove();
  const { entries, joined } = plan(modules);
  const alone = modules.filter((path) => !entries.has(path) && !joined.has(path));
  const written = [...(await join(entries, joined)), ...alone.flatMap(copy)];
  stamp.write(inputs, written);
  return written;
}

async function join(entries, joined) {
  const paths = [...entries, ...joined.keys()];
  if (paths.length === 0) return [];
  const ids = new Map(paths.map((path) => [resolve(path), path]));
  const files = [...new Set(joined.values())];
  const groups = files.map((name, i) => ({
    name,
    priority: files.length - i,
    test: (id) => joined.get(ids.get(id)) === name,
  }));
  const bundle = await rolldown({
    input: Object.fromEntries(paths.map((path) => [path.slice(MODULES.length + 1, -".js".length), resolve(path)])),
    cwd: resolve(MODULES),
    platform: "neutral",
    treeshake: false,
    preserveEntrySignatures: "strict",
    plugins: [
      {
        name: "modules",
        resolveId: (specifier, importer) => {
          if (!importer) return null;
          const id = specifier.startsWith(".") ? resolve(dirname(importer), specifier) : specifier;
          return ids.has(id) ? id : { id, external: true };
        },
        load: (id) => load(ids.get(id)),
      },
    ],
  });
  const { output } = await bundle.write({
    dir: resolve("dist"),
    sourcemap: true,
    minifyInternalExports: false,
    chunkFileNames: "[name].js",
    codeSplitting: { groups },
  });
  return output.map(({ fileName }) => `dist/${fileName}`);
}

/** Of a module that is not joined. */
function copy(path) {
  const target = path.replace(MODULES, "dist");
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(path, target);
  const { map } = load(path);
  const sources = map.sources.map((source) => relative(dirname(target), source).replaceAll("\\", "/"));
  writeFileSync(`${target}.map`, JSON.stringify({ ...map, sources }));
  return [target, `${target}.map`];
}
