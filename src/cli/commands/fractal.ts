/** `allcores fractal`: a picture of the Mandelbrot set, a Julia set or a related one, as a PNG or as raw values. */
import { performance } from "node:perf_hooks";
import type { Command } from "commander";
import { asUse, newCommand, withExample } from "../command.js";
import { addRunOptions, type ExecutorFlags, openExecutor } from "../executor.js";
import { addPictureOptions, checkPicture, type PictureFlags, RAW, shapeOf } from "../fractal/options.js";
import { printAnswer, secondsSince, showExecutor, showSeconds } from "../output.js";
import { fileName } from "../parse.js";
import { withProgress } from "../progress.js";
import { replaceFile } from "../replace-file.js";

interface FractalFlags extends ExecutorFlags, PictureFlags {
  readonly from?: string;
  readonly shortcuts: boolean;
  readonly output: string;
  readonly json?: boolean;
}

export function fractalCommand(signal: AbortSignal): Command {
  const command = newCommand("fractal", "draw the Mandelbrot set, a Julia set, or another of that family");
  addPictureOptions(command)
    .option("--from <picture>", "draw again what a PNG of this command shows; other options count more")
    .option("--no-shortcuts", "take every step of every pixel: the same picture, later")
    .option(
      "-o, --output <file>",
      "a .png, or raw little-endian values: .i32 for counts, .f32 for the others",
      fileName(".png", ".i32", ".f32"),
      "fractal.png",
    );
  addRunOptions(command).action(({ from }: FractalFlags) =>
    asUse(command, async () => {
      if (from !== undefined) await (await import("../fractal/recipe.js")).takeRecipe(from, command);
      await run(command.opts(), command, signal);
    }),
  );
  return withExample(
    command,
    "allcores fractal --size 3000x4000 --re=-1.5:0 --im=-1:0 --iterations 20 -o fractal.png",
    "allcores fractal --kind julia --c=-0.8,0.156 --palette inferno -o julia.png",
    "allcores fractal --kind burning-ship --re=-1.8:-1.7 --im=-0.09:0.03 --values smooth -o ship.png",
    "allcores fractal --kind multibrot --power 3 --values distance --antialias 3 -o multibrot.png",
    "allcores fractal --from julia.png --size 4000x4000 --antialias 3 -o poster.png",
  );
}

/** The number of tiles of a picture: each is a part of a row, of at most 2e6 iterations. */
function tilesOf({ width, height }: FractalFlags["size"], iterations: number): number {
  return height * Math.ceil(width / Math.max(1, Math.floor(2e6 / iterations)));
}

async function run(flags: FractalFlags, command: Command, signal: AbortSignal): Promise<void> {
  checkPicture(flags, command);
  checkFile(flags, command);
  const { size, iterations, values, output, json } = flags;
  const shape = shapeOf(flags);
  const antialias = isRaw(output) ? 1 : flags.antialias;

  const [{ heap, renderFractal }, { drawPng, drawRaw, heapBytes }] = await Promise.all([
    import("allcores"),
    import("../fractal/draw.js"),
  ]);
  await using executor = await openExecutor(flags, command, tilesOf(size, iterations), signal);
  const bytes = heapBytes({ size, antialias });
  if (bytes > heap.stats().free)
    command.error(
      `option '--size <widthxheight>' argument '${size.width}x${size.height}' is too much: it asks ${bytes} bytes of the ` +
        `${heap.stats().free} of the heap${bytes < 65535 * 65536 ? "; raise --heap" : ""}`,
    );
  // The command line may leave out one side. The package exports no default regions, but each result holds its region:
  // a picture of one pixel gives the default one in microseconds.
  const { region } = await renderFractal({ ...shape, width: 1, height: 1, maxIterations: 1, executor });
  const view = { re: flags.re ?? region.re, im: flags.im ?? region.im };

  let answer = {};
  let seconds = 0;
  await replaceFile(output, signal, async () => {
    const draw = isRaw(output) ? drawRaw : drawPng;
    const drawing = { ...flags, antialias, region: view, executor, signal };
    const { resolved, encode } = await withProgress("fractal", async (onProgress) => {
      const start = performance.now();
      const drawn = await draw(drawing, onProgress);
      seconds = secondsSince(start);
      return drawn;
    });
    const what = { ...size, ...shape, values, region: view, iterations, resolved };
    answer = { ...what, ...(antialias > 1 && { antialias }), seconds, file: output };
    if (!resolved)
      console.error(
        "warning: the pixels lie closer together than doubles do there: blocks of them show the same point",
      );
    return encode();
  });

  const lines = [`${output}: ${size.width}x${size.height}`, `${showSeconds(seconds)} ${showExecutor(executor)}`];
  printAnswer(json, answer, lines);
}

const isRaw = (output: string) => !output.toLowerCase().endsWith(".png");

/** Checks that the values and options fit the file's ending. */
function checkFile({ values, output }: FractalFlags, command: Command): void {
  if (!isRaw(output)) return;
  if (!output.toLowerCase().endsWith(RAW[values]))
    command.error(`option '-o, --output <file>' argument '${output}' must end in .png or ${RAW[values]} for ${values}`);
  if (command.getOptionValueSource("palette") === "cli")
    command.error("option '--palette <name>' is for a .png only, raw values have no colours");
  if (command.getOptionValueSource("antialias") === "cli")
    command.error("option '--antialias <n>' is for a .png only, raw values have no colours to average");
}
