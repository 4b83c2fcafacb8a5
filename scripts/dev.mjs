/**
 * `npm run dev`: builds, and again after each change of a source. One line a build, after what the compilers print of
 * errors. Ctrl-C ends it.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the build reads: whole folders, and of the project's own folder the configurations. */
const FOLDERS = ["src", "assembly", "types", "bench"];
const CONFIGURATIONS = /^(package|asconfig|tsconfig.*)\.json$/;
/** An editor that saves a file, or git that checks out many, is one change. */
const SETTLED_MS = 50;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const watchers = new Map();
let timer;
let building = false;
let changed = false;

/** One watcher a folder: those of whole trees lose files that are replaced, in Node 20 on Linux. */
function watchFolder(folder) {
  if (watchers.has(folder)) return;
  const isSource = folder === "." ? (name) => CONFIGURATIONS.test(name ?? "") : () => true;
  const watcher = watch(folder, (_, name) => {
    if (!isSource(name)) return;
    clearTimeout(timer);
    timer = setTimeout(build, SETTLED_MS);
  });
  watcher.on("error", () => forget(folder));
  watchers.set(folder, watcher);
}

function forget(folder) {
  watchers.get(folder)?.close();
  watchers.delete(folder);
}

/** Before every build: folders come and go. */
function watchAll() {
  for (const folder of watchers.keys()) if (!existsSync(folder)) forget(folder);
  watchFolder(".");
  for (const top of FOLDERS.filter(existsSync)) {
    watchFolder(top);
    for (const entry of readdirSync(top, { recursive: true, withFileTypes: true }))
      if (entry.isDirectory()) watchFolder(join(entry.parentPath, entry.name));
  }
}

function build() {
  changed = true;
  if (building) return;
  building = true;
  changed = false;
  watchAll();
  const start = performance.now();
  spawn(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" }).on("exit", (code, signal) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `${new Date().toTimeString().slice(0, 8)} ${code === 0 ? "built" : `failed (${signal ?? code})`} in ${seconds} s`,
    );
    building = false;
    if (changed) build();
  });
}

build();
