/** `allcores init`: a project with a kernel, its JS twin, a test and a bench. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { asUse, newCommand, withExample } from "../command.js";
import { printAnswer } from "../output.js";
import { MANIFEST, packageVersion } from "../package.js";

const TEMPLATE = fileURLToPath(new URL("templates/kernel", MANIFEST));

export function initCommand(): Command {
  const command = newCommand("init", "make a project with a kernel, its JS twin, a test and a bench");
  command.argument("<folder>", "where to make it: a new folder, or an empty one");
  command.option("--json", "print one JSON object");
  command.action((folder: string, flags: { json?: boolean }) => asUse(command, () => run(folder, flags.json)));
  return withExample(command, "allcores init my-kernel");
}

async function run(folder: string, json: boolean | undefined): Promise<void> {
  const target = resolve(folder);
  if (existsSync(target) && (await readdir(target)).length > 0) throw new RangeError(`${folder} is not empty`);
  await mkdir(target, { recursive: true });
  await cp(TEMPLATE, target, { recursive: true });
  const manifest = join(target, "package.json");
  const name =
    basename(target)
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "my-kernel";
  const text = (await readFile(manifest, "utf8"))
    .replace('"my-kernel"', JSON.stringify(name))
    .replace('"*"', `"^${packageVersion()}"`);
  await writeFile(manifest, text);
  // The template can't hold a .gitignore: npm leaves files of this name out of packages.
  await writeFile(join(target, ".gitignore"), "node_modules\ndist\n");
  const files = (await readdir(target, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(target.length + 1))
    .sort();
  const next = [`cd ${quoted(folder)}`, "npm install", "npm test", "npm run bench"];
  printAnswer(json, { folder: target, files, next }, [...files.map((file) => join(folder, file)), "", ...next]);
}

/** A word of a command line, quoted where a shell would split or expand it. */
function quoted(word: string): string {
  if (/^[\w./:@%+,-]+$/.test(word)) return word;
  return process.platform === "win32" ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
