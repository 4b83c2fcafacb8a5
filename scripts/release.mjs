/**
 * `npm run release -- patch|minor|major|x.y.z`: the version in package.json and package-lock.json, a heading with the date
 * in CHANGELOG.md, a commit and a tag. `--dry-run` prints all of that and changes nothing. Nothing is pushed: a pushed tag
 * makes .github/workflows/release.yml publish the package.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nextVersion, withHeading, withVersion } from "./release/texts.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const read = (path) => readFileSync(path, "utf8");

/** What the release writes, commits and tags. */
function plan(wanted) {
  const version = nextVersion(JSON.parse(read("package.json")).version, wanted);
  const tag = `v${version}`;
  const changes = git("status", "--porcelain");
  if (changes !== "") throw new Error(`the working tree must be clean, got\n${changes}`);
  if (git("tag", "--list", tag) !== "") throw new Error(`the tag ${tag} exists already`);
  const date = new Date().toISOString().slice(0, 10);
  const files = {
    "package.json": withVersion(read("package.json"), version),
    "package-lock.json": withVersion(read("package-lock.json"), version),
    "CHANGELOG.md": withHeading(read("CHANGELOG.md"), version, date),
  };
  return { version, tag, date, files };
}

function release(wanted, dryRun) {
  const { version, tag, date, files } = plan(wanted);
  const commands = [
    ["commit", "--quiet", "--message", `Release ${version}`, "--", ...Object.keys(files)],
    ["tag", "--annotate", tag, "--message", `allcores ${version}`],
  ];
  if (dryRun) {
    console.log(`would give CHANGELOG.md the heading ## [${version}] - ${date}`);
    for (const path of ["package.json", "package-lock.json"])
      console.log(`would write ${path} with version ${version}`);
    for (const args of commands) console.log(`would run git ${args.map((arg) => JSON.stringify(arg)).join(" ")}`);
    return;
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
  for (const args of commands) git(...args);
  console.log(`${version} is committed and tagged. To publish it: git push --follow-tags`);
}

try {
  const options = { "dry-run": { type: "boolean", default: false } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 1) throw new RangeError("usage: npm run release -- patch|minor|major|x.y.z [--dry-run]");
  release(positionals[0], values["dry-run"]);
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
