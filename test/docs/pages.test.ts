/**
 * Every snippet of README.md and docs/ runs, in the order of the page, in one folder a page that has the package
 * installed; TypeScript ones also compile. A first line such as `// kernels.ts` names the file that a snippet is; files
 * below assembly/ are for asc. Commands are ```sh, and ```console or ```text if they are only to be read. Programs and
 * most commands share one process, which ends by itself when all have run.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WorkerProcess } from "../../dist/cli/cluster/worker-process.js";
import { root, run, succeed, temporaryFolder } from "../package/consumer.js";
import { closeRedis, hasRedis, startRedis } from "../support/redis.js";
import { OneProcess } from "./one-process.js";

interface Snippet {
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** The file that it is, relative to the page's folder. */
  readonly file: string;
}

/** Too long for a test that only asks whether it works: these have other tests. */
const SLOW = [
  "npx allcores tour",
  "npx allcores bench sum --quick",
  "npx allcores bench julia --quick --save julia.html",
  "npx allcores fractal --size 390x260 --re=-0.748:-0.742 --im=0.098:0.102 --iterations 2000 --palette inferno --antialias 4 -o fractal.png",
];

/** The file of cases may hold what keeps a process alive: the command ends it. */
const ENDS_ITS_PROCESS = /^npx allcores compare /;

/** The server and the queue that pages speak of: a private server takes its place, with one worker. */
const REDIS = "redis://127.0.0.1:6379";
const QUEUE = "render";
let redisUrl = REDIS;

/** A snippet as it runs here: with less time to measure, and on a server of its own. */
const shortened = (code: string) => code.replaceAll(/\bbudget: \d+/g, "budget: 300").replaceAll(REDIS, redisUrl);

function snippetsOf(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = "", 2: code = "" }) => {
    const line = markdown.slice(0, index).split("\n").length;
    return { line, language, code, file: /^\/\/ (\S+\.\w+)\n/.exec(code)?.[1] ?? `line-${line}.${language}` };
  });
}

function installInto(folder: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/allcores"), "junction");
  for (const name of ["assemblyscript", "@types"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
}

/** A command line of a ```sh snippet, as a program and its arguments. */
function command(text: string): [file: string, args: string[]] {
  const [npx, name, ...args] = text.split(/\s+/);
  const bins: Record<string, string> = {
    allcores: join(root, "dist/cli/main.js"),
    asc: join(root, "node_modules/assemblyscript/bin/asc.js"),
  };
  const bin = npx === "npx" ? bins[name as string] : undefined;
  if (bin === undefined) throw new Error(`a command that this test does not know: ${text}`);
  return [bin, args];
}

/** The pages of the repository. */
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);

/** All pages have one installation, and are compiled together: the compiler takes seconds to start. */
const scratch = temporaryFolder();
const typescript: string[] = [];
const programs = new OneProcess();
let worker: WorkerProcess | undefined;
beforeAll(async () => {
  installInto(scratch.path);
  if (!hasRedis) return;
  redisUrl = (await startRedis()).url;
  worker = new WorkerProcess(["--connection", redisUrl, "--queue", QUEUE, "--workers", "1"]);
  await worker.ready();
});
afterAll(async () => {
  programs.kill();
  scratch.remove();
  await worker?.kill();
  await closeRedis();
});

describe.each(pages)("%s", (page) => {
  const markdown = readFileSync(join(root, page), "utf8");
  const snippets = snippetsOf(markdown);
  const folder = join(scratch.path, page.replaceAll(/\W/g, "-"));
  const isCode = ({ language, file }: Snippet) => /^[jt]s$/.test(language) && !file.startsWith("assembly/");

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    installInto(folder);
    for (const { file, language, code } of snippets) {
      if (!/^[jt]s$/.test(language)) continue;
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), language === "js" ? shortened(code) : code);
      if (language !== "ts" || file.startsWith("assembly/")) continue;
      const compiled = await transform(shortened(code), {
        loader: "ts",
        format: "esm",
        target: "node20",
        tsconfigRaw: {},
      });
      writeFileSync(join(folder, file.replace(/ts$/, "js")), compiled.code);
    }
  });
  for (const { language, file } of snippets)
    if (language === "ts" && !file.startsWith("assembly/")) typescript.push(join(folder, file));

  const runnable = snippets.filter(
    (snippet) => (isCode(snippet) || snippet.language === "sh") && (hasRedis || !snippet.code.includes(REDIS)),
  );
  it.each(runnable)("line $line runs ($language)", { timeout: 70_000 }, async ({ file, language, code }) => {
    if (language !== "sh") {
      const stdout = await programs.run(join(folder, file.replace(/ts$/, "js")));
      // `console.log(x); // 42` promises what is printed.
      for (const [, promised] of code.matchAll(/^console\.log\(.*\); \/\/ (-?\d\w*(?:, -?\d\w*)*)/gm))
        expect(stdout).toContain(promised);
      return;
    }
    for (const line of code.trim().split("\n")) {
      if (SLOW.includes(line)) continue;
      const [bin, args] = command(line);
      if (ENDS_ITS_PROCESS.test(line)) await succeed(folder, process.execPath, [bin, ...args], 60_000);
      else await programs.run(bin, args, folder);
    }
  });

  it("has snippets of known kinds only", () => {
    for (const { line, language } of snippets) expect(language, `line ${line}`).toMatch(/^(ts|js|sh|console|text)$/);
  });

  it("links to files that are there", () => {
    const links = [...markdown.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target as string);
    for (const target of links.filter((link) => !/^https?:/.test(link)))
      expect(() => readFileSync(join(root, dirname(page), target)), target).not.toThrow();
  });
});

it("the process of all of them ends by itself", { timeout: 20_000 }, async () => {
  expect(await programs.end()).toBe(0);
});

it("their TypeScript compiles in a strict project", { timeout: 60_000 }, async () => {
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  };
  writeFileSync(join(scratch.path, "tsconfig.json"), JSON.stringify({ compilerOptions, files: typescript }));
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  expect((await run(scratch.path, process.execPath, [tsc, "-p", "."], 60_000)).stdout).toBe("");
});
