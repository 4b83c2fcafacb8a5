/** `allcores fractal`: a picture of the Mandelbrot set, a Julia set or a relative of theirs, as a PNG or as raw values. */
import type { FractalKind, FractalOutput } from "allcores";
import { type Command, Option } from "commander";
import { asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, openExecutor } from "../executor.js";
import { printAnswer, secondsSince, showExecutor, showSeconds } from "../output.js";
import { PALETTE_NAMES, type PaletteName, paletteColours } from "../palettes.js";
import { complex, fileName, interval, size, whole } from "../parse.js";
import { withProgress } from "../progress.js";
import { replaceFile } from "../replace-file.js";

interface FractalFlags extends ExecutorFlags {
  readonly size: { readonly width: number; readonly height: number };
  readonly re?: [number, number];
  readonly im?: [number, number];
  readonly iterations: number;
  readonly kind: FractalKind;
  readonly c?: { readonly re: number; readonly im: number };
  readonly power?: number;
  /** What the API calls the output: here that is the file. */
  readonly values: FractalOutput;
  readonly shortcuts: boolean;
  readonly palette: PaletteName;
  readonly output: string;
  readonly json?: boolean;
}

/** All kinds, and whether there are distances to them. */
const HAS_DISTANCE: Record<FractalKind, boolean> = {
  mandelbrot: true,
  julia: true,
  "burning-ship": false,
  multibrot: true,
  tricorn: false,
};
/** What a pixel may tell, and the ending of its raw form. */
const RAW: Record<FractalOutput, string> = { counts: ".i32", smooth: ".f32", distance: ".f32" };

export function fractalCommand(signal: AbortSignal): Command {
  const command = newCommand("fractal", "draw the Mandelbrot set, a Julia set, or another of that family")
    .addOption(
      new Option("--size <widthxheight>", "in pixels")
        .argParser(size)
        .default({ width: 1000, height: 1000 }, "1000x1000"),
    )
    .option("--re <start:end>", "from the left to the right edge (default: the whole set of that kind)", interval)
    .option("--im <start:end>", "from the top to the bottom edge (default: the whole set of that kind)", interval)
    .option("--iterations <count>", "counted at most", whole(1, 2 ** 31 - 1, "2^31 - 1"), 1000)
    .addOption(new Option("--kind <name>", "which set").choices(Object.keys(HAS_DISTANCE)).default("mandelbrot"))
    .option("--c <re,im>", "the constant of the Julia set", complex)
    .option("--power <number>", "of z in the multibrot's formula, 3 to 8", whole(3, 8))
    .addOption(
      new Option(
        "--values <name>",
        "steps survived, a continuous count without bands, or distances to the set (the API's output)",
      )
        .choices(Object.keys(RAW))
        .default("counts"),
    )
    .option("--no-shortcuts", "take every step of every pixel: the same picture, later")
    .addOption(new Option("--palette <name>", "colours of the PNG").choices(PALETTE_NAMES).default("viridis"))
    .option(
      "-o, --output <file>",
      "a .png, or raw little-endian values: .i32 for counts, .f32 for the others",
      fileName(".png", ".i32", ".f32"),
      "fractal.png",
    );
  addRunOptions(command).action((flags: FractalFlags) => asUse(command, () => run(flags, command, signal)));
  return withExample(
    command,
    "allcores fractal --size 3000x4000 --re=-1.5:0 --im=-1:0 --iterations 20 -o fractal.png",
    "allcores fractal --kind julia --c=-0.8,0.156 --palette inferno -o julia.png",
    "allcores fractal --kind burning-ship --re=-1.8:-1.7 --im=-0.09:0.03 --values smooth -o ship.png",
    "allcores fractal --kind multibrot --power 3 --values distance -o multibrot.png",
  );
}

async function run(flags: FractalFlags, command: Command, signal: AbortSignal): Promise<void> {
  checkTogether(flags, command);
  const { size, iterations, values, palette, output, json } = flags;
  const shape = shapeOf(flags);

  const { heap, renderFractal } = await import("allcores");
  await using executor = await openExecutor(flags, command, size.height, signal);
  const bytes = size.width * size.height * 4;
  if (bytes > heap.stats().free)
    command.error(
      `option '--size <widthxheight>' argument '${size.width}x${size.height}' is too much: it asks ${bytes} bytes of the ` +
        `${heap.stats().free} of the heap${bytes < 65535 * 65536 ? "; raise --heap" : ""}`,
    );
  // One side may be left out. The package has no export that tells the default regions, but results hold theirs: the
  // picture of one pixel, in microseconds.
  const { region } = await renderFractal({ ...shape, width: 1, height: 1, maxIterations: 1, executor });
  const view = { re: flags.re ?? region.re, im: flags.im ?? region.im };

  let seconds = 0;
  await replaceFile(output, signal, async () => {
    const maxIterations = iterations;
    const job = { ...shape, ...size, region: view, maxIterations, executor, signal, shortcuts: flags.shortcuts };
    const pixels = size.width * size.height;
    // On the heap, so that no copy of the values is made.
    const picture =
      values === "counts"
        ? ({ ...job, output: values, out: heap.int32(pixels) } as const)
        : ({ ...job, output: values, out: heap.float32(pixels) } as const);
    const { out } = picture;
    seconds = await withProgress("fractal", async (onProgress) => {
      const start = performance.now();
      await renderFractal({ ...picture, onProgress });
      return secondsSince(start);
    });
    if (isRaw(output)) return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    const { encodePng, indexCounts, indexDistances, indexSmooth } = await import("../picture.js");
    const indices =
      picture.output === "counts"
        ? indexCounts(picture.out, maxIterations)
        : picture.output === "smooth"
          ? indexSmooth(picture.out, maxIterations)
          : indexDistances(picture.out);
    return encodePng(size.width, size.height, indices, await paletteColours(palette));
  });

  const { width, height } = size;
  const lines = [`${output}: ${width}x${height}`, `${showSeconds(seconds)} ${showExecutor(executor)}`];
  const answer = { width, height, ...shape, values, region: view, iterations, seconds, file: output };
  printAnswer(json, answer, lines);
}

const isRaw = (output: string) => !output.toLowerCase().endsWith(".png");

/** What no option can tell alone. */
function checkTogether({ kind, c, power, values, output }: FractalFlags, command: Command): void {
  if (kind === "julia" && !c)
    command.error("option '--c <re,im>' is needed for '--kind julia', such as --c=-0.8,0.156");
  if (kind !== "julia" && c) command.error("option '--c <re,im>' is for '--kind julia' only");
  if (kind === "multibrot" && power === undefined)
    command.error("option '--power <number>' is needed for '--kind multibrot', such as --power 3");
  if (kind !== "multibrot" && power !== undefined)
    command.error("option '--power <number>' is for '--kind multibrot' only");
  if (values === "distance" && !HAS_DISTANCE[kind])
    command.error(`option '--values distance' is not for '--kind ${kind}', which has no complex derivative`);
  if (!isRaw(output)) return;
  if (!output.toLowerCase().endsWith(RAW[values]))
    command.error(`option '-o, --output <file>' argument '${output}' must end in .png or ${RAW[values]} for ${values}`);
  if (command.getOptionValueSource("palette") === "cli")
    command.error("option '--palette <name>' is for a .png only, raw values have no colours");
}

/** The formula, as the API takes it. */
function shapeOf({ kind, c, power }: FractalFlags) {
  if (kind === "julia" && c) return { kind, c };
  if (kind === "multibrot" && power !== undefined) return { kind, power };
  return { kind: kind as Exclude<FractalKind, "julia" | "multibrot"> };
}
