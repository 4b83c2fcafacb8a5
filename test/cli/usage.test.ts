/** Wrong uses: exit code 2, one line that names the argument, a hint, and nothing else. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/system.js";
import { runHere } from "./here.js";
import { LONG, run } from "./run.js";

const LIMIT = 30_000;

/** The arguments, what the line must name, and the command that the hint is for. */
type Row = readonly [args: string, names: RegExp, hint: string];

/** One of each kind, and those that set the heap's size. */
const KINDS: readonly Row[] = [
  ["nosuch", /unknown command 'nosuch'/, "allcores --help"],
  ["pi --nosuch", /--nosuch/, "allcores pi --help"],
  ["pi --samples", /--samples .* missing/, "allcores pi --help"],
  ["pi --samples 0", /--samples .*'0'.*from 1 to 2\^53 - 1/, "allcores pi --help"],
  ["sum", /missing .*'n'/, "allcores sum --help"],
  ["sum -5", /: n must be a whole number from 0 to 2\^32, got '-5'$/, "allcores sum --help"],
  ["fractal --size 1000x1000 --heap 1MiB", /--size .*'1000x1000'.*raise --heap/, "allcores fractal --help"],
  ["fractal --re=-1e308:1e308", /region\.re/, "allcores fractal --help"],
  [
    "fractal --size 100000x8 --antialias 8 --heap 16MiB",
    /--size .*25600000 bytes.*raise --heap/,
    "allcores fractal --help",
  ],
  ["info extra", /too many arguments/, "allcores info --help"],
];

/** Further commands, options and values. */
const WRONG: readonly Row[] = [
  ["fractl", /fractl.*fractal/, "allcores --help"],
  ["--nosuch", /--nosuch/, "allcores --help"],
  ["pi extra", /too many arguments/, "allcores pi --help"],
  ["pi --samples -1", /--samples .*'-1'/, "allcores pi --help"],
  ["pi --samples 1.5", /--samples .*'1.5'/, "allcores pi --help"],
  ["pi --samples 9007199254740990.5", /--samples .*'9007199254740990.5'/, "allcores pi --help"],
  ["pi --samples NaN", /--samples .*'NaN'/, "allcores pi --help"],
  ["pi --samples Infinity", /--samples .*'Infinity'/, "allcores pi --help"],
  ["pi --samples ten", /--samples .*'ten'/, "allcores pi --help"],
  ["pi --samples=", /--samples .*''/, "allcores pi --help"],
  ["pi --samples 0x10", /--samples .*'0x10'/, "allcores pi --help"],
  ["pi --samples 1e-3", /--samples .*'1e-3'/, "allcores pi --help"],
  ["pi --samples 9007199254740992", /--samples .*'9007199254740992'/, "allcores pi --help"],
  ["pi --samples 1e999", /--samples .*'1e999'/, "allcores pi --help"],
  ["pi --seed -1", /--seed .*'-1'.*2\^64 - 1/, "allcores pi --help"],
  ["pi --seed 1.5", /--seed .*'1.5'/, "allcores pi --help"],
  ["pi --seed 18446744073709551616", /--seed .*'18446744073709551616'/, "allcores pi --help"],
  ["pi --seed abc", /--seed .*'abc'/, "allcores pi --help"],
  ["pi --executor gpu", /--executor .*'gpu'.*serial, threads, processes, async/, "allcores pi --help"],
  ["pi --workers 0", /--workers .*'0'.*from 1 to 1024/, "allcores pi --help"],
  ["pi --workers 1.5", /--workers .*'1.5'/, "allcores pi --help"],
  ["pi --workers 1025", /--workers .*'1025'/, "allcores pi --help"],
  ["pi --executor serial --workers 2", /--workers .*serial/, "allcores pi --help"],
  ["pi --heap lots", /--heap .*'lots'.*512MiB/, "allcores pi --help"],
  ["pi --heap 1", /--heap .*'1'/, "allcores pi --help"],
  ["pi --heap 5GiB", /--heap .*'5GiB'/, "allcores pi --help"],
  ["sum 1.5", /: n must be .*2\^32, got '1.5'$/, "allcores sum --help"],
  ["sum 4294967297", /: n must be .*'4294967297'$/, "allcores sum --help"],
  ["sum 1 2", /too many arguments/, "allcores sum --help"],
  ["fractal --size 0x0", /--size .*'0x0'.*each at least 1/, "allcores fractal --help"],
  ["fractal --size 10", /--size .*'10'.*WIDTHxHEIGHT/, "allcores fractal --help"],
  ["fractal --size 10x", /--size .*'10x'/, "allcores fractal --help"],
  ["fractal --size 10x10x10", /--size .*'10x10x10'/, "allcores fractal --help"],
  ["fractal --size -1x5", /--size .*'-1x5'/, "allcores fractal --help"],
  ["fractal --size 100000x100000", /--size .*'100000x100000'.*40000000000 bytes/, "allcores fractal --help"],
  ["fractal --iterations 0", /--iterations .*'0'/, "allcores fractal --help"],
  ["fractal --iterations 2147483648", /--iterations .*'2147483648'.*2\^31 - 1/, "allcores fractal --help"],
  ["fractal --re NaN:1", /--re .*'NaN:1'.*START:END/, "allcores fractal --help"],
  ["fractal --re 1", /--re .*'1'/, "allcores fractal --help"],
  ["fractal --im 0:Infinity", /--im .*'0:Infinity'/, "allcores fractal --help"],
  ["fractal --im 0:1e309", /--im .*'0:1e309'/, "allcores fractal --help"],
  ["fractal --kind koch", /--kind .*'koch'.*mandelbrot, julia, burning-ship/, "allcores fractal --help"],
  ["fractal --kind multibrot", /--power .*needed .*multibrot/, "allcores fractal --help"],
  ["fractal --kind multibrot --power 2", /--power .*'2'.*from 3 to 8/, "allcores fractal --help"],
  ["fractal --kind multibrot --power 9", /--power .*'9'.*from 3 to 8/, "allcores fractal --help"],
  ["fractal --kind multibrot --power 3.5", /--power .*'3.5'/, "allcores fractal --help"],
  ["fractal --power 3", /--power .*multibrot' only/, "allcores fractal --help"],
  ["fractal --kind tricorn --c=1,1", /--c .*julia' only/, "allcores fractal --help"],
  ["fractal --values angle", /--values .*'angle'.*counts, smooth, distance/, "allcores fractal --help"],
  [
    "fractal --kind burning-ship --values distance",
    /--values distance.*burning-ship.*derivative/,
    "allcores fractal --help",
  ],
  ["fractal --kind tricorn --values distance", /--values distance.*tricorn/, "allcores fractal --help"],
  ["fractal --shortcuts", /--shortcuts/, "allcores fractal --help"],
  ["fractal -o x.f32", /--output .*'x.f32'.*\.i32 for counts/, "allcores fractal --help"],
  ["fractal --values smooth -o x.i32", /--output .*'x.i32'.*\.f32 for smooth/, "allcores fractal --help"],
  ["fractal --values smooth --palette viridis -o x.f32", /--palette .*\.png only/, "allcores fractal --help"],
  ["fractal --kind julia", /--c .*julia/, "allcores fractal --help"],
  ["fractal --kind julia --c=1", /--c .*'1'.*RE,IM/, "allcores fractal --help"],
  ["fractal --kind julia --c=NaN,0", /--c .*'NaN,0'/, "allcores fractal --help"],
  ["fractal --c=-0.8,0.156", /--c .*julia/, "allcores fractal --help"],
  ["fractal --palette pink", /--palette .*'pink'.*viridis/, "allcores fractal --help"],
  ["fractal --palette viridis -o x.i32", /--palette .*\.png only/, "allcores fractal --help"],
  ["fractal --antialias 0", /--antialias .*'0'.*from 1 to 8/, "allcores fractal --help"],
  ["fractal --antialias 9", /--antialias .*'9'.*from 1 to 8/, "allcores fractal --help"],
  ["fractal --antialias 1.5", /--antialias .*'1.5'/, "allcores fractal --help"],
  ["fractal --antialias 2 -o x.i32", /--antialias .*\.png only/, "allcores fractal --help"],
  ["fractal --antialias 1 --values smooth -o x.f32", /--antialias .*\.png only/, "allcores fractal --help"],
  ["fractal --from", /--from .* missing/, "allcores fractal --help"],
  ["fractal -o out.jpg", /--output .*'out.jpg'.*\.png or \.i32 or \.f32/, "allcores fractal --help"],
  ["fractal -o", /--output .* missing/, "allcores fractal --help"],
  ["tour -o out.i32", /--output .*'out.i32'.*\.png/, "allcores tour --help"],
];

async function expectWrong(command: typeof runHere, [args, names, hint]: Row): Promise<void> {
  const cwd = temporaryFolder();
  const { code, stdout, stderr } = await command(args.split(" "), { cwd });
  expect(stdout).toBe("");
  const [line, tryLine, ...rest] = stderr.split("\n");
  expect(line).toMatch(names);
  expect(line).toMatch(/^allcores: /);
  expect(tryLine).toBe(`try: ${hint}`);
  expect(rest).toEqual([""]);
  expect(code).toBe(2);
  expect(readdirSync(cwd)).toEqual([]);
}

describe("a wrong use exits with 2, one line and a hint", () => {
  test.each(KINDS)("%s, in a process", { timeout: LIMIT }, (...row) => expectWrong(run, row));
  test.each(WRONG)("%s", { timeout: LIMIT }, (...row) => expectWrong(runHere, row));

  test.each([
    ["ALLCORES_WORKERS", "pi --samples 1e8"],
    ["ALLCORES_HEAP", "fractal"],
    ["ALLCORES_WORKERS", "info"],
  ])("%s=nonsense", { timeout: LIMIT }, async (name, args) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await run(args.split(" "), { cwd, env: { [name]: "nonsense" } });
    expect(stderr).toMatch(new RegExp(`^allcores: ${name} .*nonsense.*\ntry: .*\n$`));
    expect([code, stdout, readdirSync(cwd)]).toEqual([2, "", []]);
  });

  test("no command at all prints the help, on stderr", { timeout: LIMIT }, async () => {
    const { code, stdout, stderr } = await run([]);
    expect(stderr).toMatch(/^Usage: allcores/);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

/** Files that can't be written, by what is in their way. */
const UNWRITABLE: [why: string, file: string, prepare: (folder: string) => void][] = [
  ["the folder does not exist", "none/x.png", () => {}],
  ["a file stands where the folder should be", "file/x.png", (folder) => writeFileSync(join(folder, "file"), "")],
  ["a folder has the name", "x.png", (folder) => mkdirSync(join(folder, "x.png"))],
  ["the same, for counts", "x.i32", (folder) => mkdirSync(join(folder, "x.i32"))],
  ["a link to nowhere", "x.png", (folder) => symlinkSync("none/y.png", join(folder, "x.png"))],
  ["a link to itself", "x.png", (folder) => symlinkSync("x.png", join(folder, "x.png"))],
  ["the name is too long", `${"x".repeat(300)}.png`, () => {}],
];

test.each(UNWRITABLE)("unwritable output exits with 1: %s", { timeout: LIMIT }, async (_, file, prepare) => {
  const cwd = temporaryFolder();
  prepare(cwd);
  const before = readdirSync(cwd);
  // Far more work than the time limit: it is found before anything is computed.
  const { code, stdout, stderr } = await runHere([...LONG, "-o", file], { cwd });
  expect(stderr).toMatch(/^allcores: can't write .*\n$/);
  expect(stderr).toContain(file);
  expect([code, stdout]).toEqual([1, ""]);
  expect(readdirSync(cwd)).toEqual(before);
});
