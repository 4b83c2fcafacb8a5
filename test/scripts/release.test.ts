/** `npm run release`: what it changes in the files, and when it refuses. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nextVersion, withHeading, withVersion } from "../../scripts/release/texts.mjs";
import { ROOT, temporaryFolder } from "../support/system.js";

const CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## [1.2.3]\n\n- B.\n";

describe("the next version", () => {
  it.each([
    ["patch", "1.2.10"],
    ["minor", "1.3.0"],
    ["major", "2.0.0"],
    ["1.2.10", "1.2.10"],
    ["1.10.0", "1.10.0"],
  ])("%s", (wanted, version) => {
    expect(nextVersion("1.2.9", wanted)).toBe(version);
  });

  it.each(["1.2.9", "1.2.8", "0.9.9", "1.2", "v1.3.0", "1.03.0", "2.0.0-beta", "later", undefined])(
    "%s is refused",
    (wanted) => {
      expect(() => nextVersion("1.2.9", wanted)).toThrow(RangeError);
    },
  );
});

describe("the files of the repository", () => {
  const text = (path: string) => readFileSync(join(ROOT, path), "utf8");

  it("change in nothing but the package's own version", () => {
    const { version } = JSON.parse(text("package.json")) as { version: string };
    for (const [path, times] of [["package.json", 1] as const, ["package-lock.json", 2] as const]) {
      const before = text(path).split("\n");
      const after = withVersion(text(path), "99.98.97").split("\n");
      const changed = before.flatMap((line, i) => (line === after[i] ? [] : [[line.trim(), after[i]?.trim()]]));
      expect(after).toHaveLength(before.length);
      expect(changed).toEqual(Array(times).fill([`"version": "${version}",`, '"version": "99.98.97",']));
    }
  });

  it("keep what has been released, and what is new comes under its own heading", () => {
    expect(withHeading(CHANGELOG, "1.3.0", "2030-01-02")).toBe(
      "# Changelog\n\n## [Unreleased]\n\n## [1.3.0] - 2030-01-02\n\n### Added\n\n- A.\n\n## [1.2.3]\n\n- B.\n",
    );
  });

  it("say what is new, under one heading, of a version that has none", () => {
    const once = withHeading(CHANGELOG, "1.3.0", "2030-01-02");
    expect(() => withHeading(once, "1.3.1", "2030-01-03")).toThrow("nothing is unreleased");
    expect(() => withHeading("# Changelog\n\n## [Unreleased]\n", "1.3.1", "2030-01-03")).toThrow("nothing is");
    expect(() => withHeading("# Changelog\n", "1.3.0", "2030-01-02")).toThrow("one line");
    expect(() => withHeading(CHANGELOG, "1.2.3", "2030-01-02")).toThrow("already");
  });
});

it("a release is one commit and one tag, of a clean tree", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "scripts"));
  for (const part of ["scripts/release.mjs", "scripts/release"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const manifest = { name: "x", version: "1.2.3" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ ...manifest, packages: { "": manifest } }));
  writeFileSync(join(folder, "CHANGELOG.md"), CHANGELOG);
  // No hooks, signatures or identity of the machine.
  const identity = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b",
  };
  const settings = { GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: "1" };
  const options = {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...identity, ...settings },
    timeout: 10_000,
  } as const;
  const git = (...args: string[]) => execFileSync("git", args, options).trim();
  const release = (...args: string[]) => spawnSync(process.execPath, ["scripts/release.mjs", ...args], options);
  git("init", "--quiet");
  git("add", ".");

  expect(release("minor").stderr).toMatch(/^release: the working tree must be clean/);
  git("commit", "--quiet", "-m", "first");

  const dry = release("minor", "--dry-run");
  expect(dry.stdout).toMatch(/would run git "commit".*"Release 1\.3\.0".*\nwould run git "tag" .*"v1\.3\.0"/);
  expect(git("status", "--porcelain") + git("tag")).toBe("");

  expect(release("minor").status).toBe(0);
  expect(git("status", "--porcelain")).toBe("");
  expect(git("log", "-1", "--format=%s")).toBe("Release 1.3.0");
  expect(git("cat-file", "-t", "v1.3.0")).toBe("tag");
  expect(git("show", "v1.3.0:package.json")).toContain('"version": "1.3.0"');
  expect(git("show", "v1.3.0:CHANGELOG.md")).toContain("## [1.3.0] - ");
  expect(release("1.3.0").status).toBe(1);
});
