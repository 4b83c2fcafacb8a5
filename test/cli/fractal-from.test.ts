/** `allcores fractal --from`: pictures that say how they were made, and files that do not. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../dist/cli/command.js";
import { fractalCommand } from "../../dist/cli/commands/fractal.js";
import { encodeIndexed } from "../../dist/cli/fractal/picture.js";
import { takeRecipe } from "../../dist/cli/fractal/recipe.js";
import { packageVersion } from "../../dist/cli/package.js";
import { temporaryFolder } from "../support/system.js";
import { runHere, SERIAL } from "./here.js";
import { run } from "./run.js";

const LIMIT = 30_000;

/** Draws in a folder, and gives the file. */
async function drawIn(cwd: string, file: string, ...args: string[]): Promise<Buffer> {
  const { code, stderr } = await runHere(["fractal", ...SERIAL, ...args, "-o", file], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  return readFileSync(join(cwd, file));
}

describe("draws again, byte for byte", () => {
  const FINE = "--re=-0.74529000000000012:-0.7452 --im=0.1130001:0.11305 --size 40x30";
  test.each([
    "",
    `${FINE} --iterations 700 --palette turbo`,
    "--kind julia --c=-0.8,1.56e-1 --values smooth --size 33x22 --im=1:-1",
    "--kind julia --c=1e-7,-0.7885 --values distance --size 33x22 --antialias 3",
    "--kind burning-ship --re=-1.8:-1.7 --im=-0.09:0.03 --values smooth --size 30x30 --no-shortcuts",
    "--kind tricorn --size 1x9 --palette magma --executor threads",
    "--kind multibrot --power 7 --values distance --size 20x20 --re=1:-1",
    `${FINE} --antialias 2 --values smooth`,
  ])("%s", { timeout: LIMIT }, async (args) => {
    const cwd = temporaryFolder();
    const first = await drawIn(cwd, "x.png", "--iterations", "300", ...args.split(" ").filter(Boolean));
    const second = await drawIn(cwd, "y.png", "--from", "x.png");
    expect(second.equals(first)).toBe(true);
    const { text } = decode(first);
    expect(Object.keys(text)).toEqual(["Software", "Command"]);
    expect(text.Software).toBe(`allcores ${packageVersion()}`);
    expect(text.Command).toMatch(/^allcores fractal --size \d+x\d+ --re=\S+ --im=\S+ --iterations \d+ --kind /);
  });
});

describe("options beside it count more", () => {
  const JULIA = "--size 30x15 --re=-1:1 --im=0:1 --iterations 90 --kind julia --c=-0.8,0.156 --values counts";
  const COLOURS = "--palette magma --antialias 2";
  const text = { Command: `allcores fractal ${JULIA} ${COLOURS}` };
  const picture = encodeIndexed(1, 1, new Uint8Array(1), [[0, 0, 0]], text);
  test.each([
    ["--size 12x8", `${JULIA.replace("30x15", "12x8")} ${COLOURS}`],
    ["--re=0:0.5 --iterations 50", `${JULIA.replace("-1:1", "0:0.5").replace("90", "50")} ${COLOURS}`],
    ["--im=0.5:0.25", `${JULIA.replace("=0:1", "=0.5:0.25")} ${COLOURS}`],
    ["--palette viridis --antialias 1", `${JULIA} --palette viridis --antialias 1`],
    ["--c=-0.123,0.745", `${JULIA.replace("-0.8,0.156", "-0.123,0.745")} ${COLOURS}`],
    ["--kind julia", `${JULIA} ${COLOURS}`],
    ["--values distance", `${JULIA.replace("counts", "distance")} ${COLOURS}`],
    ["--kind tricorn", `${JULIA.replace("julia --c=-0.8,0.156", "tricorn")} ${COLOURS}`],
    ["--kind multibrot --power 3", `${JULIA.replace("julia --c=-0.8,0.156", "multibrot --power 3")} ${COLOURS}`],
  ])("%s", { timeout: LIMIT }, async (given, made) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "x.png"), picture);
    const { text, width, height } = decode(await drawIn(cwd, "y.png", "--from", "x.png", ...given.split(" ")));
    expect(text.Command).toBe(`allcores fractal ${made}`);
    expect(made).toContain(`--size ${width}x${height} `);
  });

  test("raw values are those behind the picture, without its colours", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "x.png"), picture);
    const values = await drawIn(cwd, "x.i32", "--from", "x.png");
    expect(values.equals(await drawIn(cwd, "y.i32", ...JULIA.split(" ")))).toBe(true);
  });

  test("the picture itself may be replaced", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "x.png"), picture);
    expect(decode(await drawIn(cwd, "x.png", "--from", "x.png", "--size", "8x8")).width).toBe(8);
  });
});

describe("refuses, with exit code 2 and one line,", () => {
  const text = { Software: "allcores 0.1.0", Command: "allcores fractal --size 4x4" };
  const picture = Buffer.from(encodeIndexed(4, 4, new Uint8Array(16), [[0, 0, 0]], text));
  const withText = (text: Record<string, string> | undefined) =>
    Buffer.from(encode({ width: 1, height: 1, channels: 1, data: new Uint8Array(1), ...(text && { text }) }));
  const saying = (text: string) => () => withText({ Command: text });

  const FILES: [what: string, content: () => Uint8Array, says: RegExp][] = [
    ["an empty file", () => new Uint8Array(), /is no PNG/],
    ["a text", () => Buffer.from("allcores fractal --size 4x4"), /is no PNG/],
    ["its own signature alone", () => picture.subarray(0, 8), /is cut off/],
    ["one cut within the header", () => picture.subarray(0, 20), /is cut off/],
    ["one cut within the text", () => picture.subarray(0, picture.indexOf("--size")), /is cut off/],
    ["one without its end", () => picture.subarray(0, -12), /is cut off/],
    ["one without its last byte", () => picture.subarray(0, -1), /is cut off/],
    ["a text with a wrong checksum", () => damaged(picture), /is damaged/],
    ["an end that claims 4 GB", () => Buffer.concat([picture.subarray(0, 8), head(2 ** 32 - 1, "IEND")]), /is cut off/],
    ["a text that claims 4 KB", () => Buffer.concat([picture.subarray(0, 8), head(4096, "tEXt")]), /is cut off/],
    ["a PNG of others", () => withText(undefined), /does not say how it was made/],
    ["a PNG with other texts", () => withText({ Software: "gimp", Comment: "allcores" }), /does not say how/],
    ["another's command", saying("convert x.png y.png"), /no command of 'allcores fractal'/],
    ["another command of ours", saying("allcores pi --samples 10"), /no command of 'allcores fractal'/],
    ["control characters", saying("allcores fractal --size \u001b[2J4x4"), /no command of 'allcores fractal'/],
    ["several lines", saying("allcores fractal --size 4x4\n--kind tricorn"), /no command of 'allcores fractal'/],
    ["no pixels", saying("allcores fractal --size 0x4"), /command that is wrong: option '--size .*'0x4'/],
    ["a wrong region", saying("allcores fractal --re=0:nan"), /wrong: option '--re .*'0:nan'/],
    ["a region of infinity", saying("allcores fractal --re=0:1e999"), /wrong: option '--re .*'0:1e999'/],
    ["iterations that are too many", saying("allcores fractal --iterations 1e99"), /wrong: option '--iterations /],
    ["another kind", saying("allcores fractal --kind koch"), /wrong: option '--kind .*'koch'/],
    ["a kind without its constant", saying("allcores fractal --kind julia"), /wrong: option '--c /],
    ["another palette", saying("allcores fractal --palette __proto__"), /wrong: option '--palette /],
    ["too many samples", saying("allcores fractal --antialias 99"), /wrong: option '--antialias .*'99'/],
    ["a file to write", saying("allcores fractal -o /tmp/x.png"), /wrong: unknown option '-o'/],
    ["an executor", saying("allcores fractal --workers 1000"), /wrong: unknown option '--workers'/],
    ["a picture of a picture", saying("allcores fractal --from x.png"), /wrong: unknown option '--from'/],
    ["a call for help", saying("allcores fractal --help"), /wrong: unknown option '--help'/],
    ["more words", saying("allcores fractal x.png"), /wrong: too many arguments/],
  ];
  // The command itself takes 0.4 s a file: these ask the part of it that reads.
  test.each(FILES)("%s", async (_what, content, says) => {
    const file = join(temporaryFolder(), "x.png");
    writeFileSync(file, content());
    const command = fractalCommand(new AbortController().signal);
    const error: unknown = await takeRecipe(file, command).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(says);
    expect((error as UsageError).message).toMatch(/^option '--from <picture>' argument '.*x\.png' [\x20-\x7e]+$/);
    expect(command.opts()).toEqual(fractalCommand(new AbortController().signal).opts());
  });

  test.each([
    ["one without its end", () => picture.subarray(0, -12), /'--from <picture>' argument 'x.png' is cut off/],
    [
      "no pixels",
      saying("allcores fractal --size 0x4"),
      /'--from .*'x.png' .*command that is wrong: option '--size .*'0x4'/,
    ],
    [
      "a picture that no heap holds",
      saying("allcores fractal --size 1e6x1e6"),
      /'--size .*1000000x1000000' is too much/,
    ],
    ["another's constant", saying("allcores fractal --kind tricorn --c=0,0"), /wrong: option '--c .*julia' only/],
  ] as const)("as the command says it: %s", { timeout: LIMIT }, async (_what, content, says) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "x.png"), content());
    const { code, stdout, stderr } = await run(["fractal", "--from", "x.png", "-o", "y.png"], { cwd });
    const [line, hint, ...rest] = stderr.split("\n");
    expect(line).toMatch(/^allcores: /);
    expect(line).toMatch(says);
    expect([hint, rest]).toEqual(["try: allcores fractal --help", [""]]);
    expect([code, stdout, readdirSync(cwd)]).toEqual([2, "", ["x.png"]]);
  });

  test("with 1, what can't be read", { timeout: LIMIT }, async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "folder.png"));
    for (const [name, why] of [
      ["none.png", "ENOENT"],
      ["folder.png", "EISDIR"],
    ]) {
      const { code, stdout, stderr } = await run(["fractal", "--from", name as string, "-o", "y.png"], { cwd });
      expect(stderr).toMatch(new RegExp(`^allcores: can't read ${name}: ${why}.*\n$`));
      expect([code, stdout, readdirSync(cwd)]).toEqual([1, "", ["folder.png"]]);
    }
  });
});

/** A picture whose command was changed, but not its checksum. */
function damaged(picture: Buffer): Buffer {
  const copy = Buffer.from(picture);
  copy[copy.indexOf("4x4")] = "5".charCodeAt(0);
  return copy;
}

/** The head of a chunk. */
function head(length: number, type: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(length);
  bytes.write(type, 4, "latin1");
  return bytes;
}
