/** docs/gallery: every command of the page makes the picture above it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { runHere, SERIAL } from "../cli/here.js";
import { run } from "../cli/run.js";
import { ROOT, temporaryFolder } from "../support/system.js";

const folder = join(ROOT, "docs/gallery");
const page = readFileSync(join(folder, "README.md"), "utf8");
const pictures = [...page.matchAll(/^!\[[^\]]+\]\((\S+\.png)\)\n\n```sh\nnpx allcores (.*)\n```$/gm)].map(
  ([, file = "", command = ""]) => ({ file, args: command.split(" ") }),
);

const read = (path: string) => PNG.sync.read(readFileSync(path));

it("shows every picture that is there, with its command, and no other", () => {
  const files = readdirSync(folder).filter((name) => name !== "README.md");
  expect(pictures.map(({ file }) => file).sort()).toEqual(files.sort());
  expect(page.match(/```sh\n/g)).toHaveLength(pictures.length);
  for (const { file, args } of pictures) expect(args.slice(-2)).toEqual(["-o", file]);
});

it("has every kind with every output", () => {
  const shown = pictures.map(({ args }) => {
    const settingOf = (option: string, other: string) => args[args.indexOf(option) + 1 || args.length] ?? other;
    return `${settingOf("--kind", "mandelbrot")} ${settingOf("--values", "counts")}`;
  });
  const kinds = ["mandelbrot", "julia", "burning-ship", "multibrot", "tricorn"];
  const all = kinds.flatMap((kind) => ["counts", "smooth", "distance"].map((output) => `${kind} ${output}`));
  expect(shown.sort()).toEqual(all.filter((one) => !/(ship|tricorn) distance/.test(one)).sort());
});

describe("the command makes the picture", () => {
  it.each(pictures)("$file", { timeout: 30_000 }, async ({ file, args }) => {
    const cwd = temporaryFolder();
    expect(await runHere([...args, ...SERIAL], { cwd })).toMatchObject({ code: 0, stderr: "" });
    const [made, shown] = [read(join(cwd, file)), read(join(folder, file))];
    expect([made.width, made.height]).toEqual([640, 480]);
    expect(made.data.equals(shown.data)).toBe(true);
    const [text, shownText] = [join(cwd, file), join(folder, file)].map((path) => decode(readFileSync(path)).text);
    expect(shownText?.Command).toMatch(/^allcores fractal --size 640x480 /);
    expect(text?.Command).toBe(shownText?.Command);
    expect(readFileSync(join(folder, file)).length).toBeLessThan(150_000);
  });
});

it("so does that of README.md with its picture", { timeout: 30_000 }, async () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, command = ""] = /^npx allcores (fractal .*-o fractal\.png)$/m.exec(readme) ?? [];
  const cwd = temporaryFolder();
  expect(await run(command.split(" "), { cwd })).toMatchObject({ code: 0, stderr: "" });
  const shown = join(ROOT, "docs/fractal.png");
  expect(read(join(cwd, "fractal.png")).data.equals(read(shown).data)).toBe(true);
  expect(decode(readFileSync(shown)).text.Command).toContain("--antialias 4");
});
