/** `allcores fractal`: a picture of the Mandelbrot set or of a Julia set, as a PNG or as raw counts. */
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
  readonly kind: "mandelbrot" | "julia";
  readonly c?: { readonly re: number; readonly im: number };
  readonly palette: PaletteName;
  readonly output: string;
  readonly json?: boolean;
}

export function fractalCommand(signal: AbortSignal): Command {
  const command = newCommand("fractal", "draw the Mandelbrot set, or a Julia set")
    .addOption(
      new Option("--size <widthxheight>", "in pixels")
        .argParser(size)
        .default({ width: 1000, height: 1000 }, "1000x1000"),
    )
    .option("--re <start:end>", "from the left to the right edge (default: -2:0.5; julia -1.5:1.5)", interval)
    .option("--im <start:end>", "from the top to the bottom edge (default: -1.25:1.25; julia -1:1)", interval)
    .option("--iterations <count>", "counted at most", whole(1, 2 ** 31 - 1, "2^31 - 1"), 1000)
    .addOption(new Option("--kind <name>", "which set").choices(["mandelbrot", "julia"]).default("mandelbrot"))
    .option("--c <re,im>", "the constant of the Julia set", complex)
    .addOption(new Option("--palette <name>", "colours of the PNG").choices(PALETTE_NAMES).default("viridis"))
    .option(
      "-o, --output <file>",
      "a .png, or .i32 for raw little-endian counts",
      fileName(".png", ".i32"),
      "fractal.png",
    );
  addRunOptions(command).action((flags: FractalFlags) => asUse(command, () => run(flags, command, signal)));
  return withExample(
    command,
    "allcores fractal --size 3000x4000 --re=-1.5:0 --im=-1:0 --iterations 20 -o fractal.png",
    "allcores fractal --kind julia --c=-0.8,0.156 --palette inferno -o julia.png",
  );
}

async function run(flags: FractalFlags, command: Command, signal: AbortSignal): Promise<void> {
  const { size, iterations, kind, c, palette, output, json } = flags;
  if (kind === "julia" && !c)
    command.error("option '--c <re,im>' is needed for '--kind julia', such as --c=-0.8,0.156");
  if (kind === "mandelbrot" && c) command.error("option '--c <re,im>' is for '--kind julia' only");
  const isRaw = output.toLowerCase().endsWith(".i32");
  if (isRaw && command.getOptionValueSource("palette") === "cli")
    command.error("option '--palette <name>' is for a .png only, raw counts have no colours");
  const shape = kind === "julia" && c ? { kind, c } : { kind: "mandelbrot" as const };

  const { heap, renderFractal } = await import("allcores");
  await using executor = await openExecutor(flags, command);
  const bytes = size.width * size.height * 4;
  if (bytes > heap.stats().free)
    command.error(
      `option '--size <widthxheight>' argument '${size.width}x${size.height}' is too much: it asks ${bytes} bytes of the ` +
        `${heap.stats().free} of the heap${bytes < 65535 * 65536 ? "; raise --heap" : ""}`,
    );
  // One side may be left out: the picture of one pixel tells the API's own region for this kind, in microseconds.
  const { region } = await renderFractal({ ...shape, width: 1, height: 1, maxIterations: 1, executor });
  const view = { re: flags.re ?? region.re, im: flags.im ?? region.im };

  let seconds = 0;
  await replaceFile(output, signal, async () => {
    // On the heap, so that no copy of the counts is made.
    const out = heap.int32(size.width * size.height);
    const maxIterations = iterations;
    const job = { ...shape, ...size, region: view, maxIterations, out, executor, signal };
    seconds = await withProgress("fractal", async (onProgress) => {
      const start = performance.now();
      await renderFractal({ ...job, onProgress });
      return secondsSince(start);
    });
    if (isRaw) return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    const { encodePng, indexCounts } = await import("../picture.js");
    return encodePng(size.width, size.height, indexCounts(out, maxIterations), await paletteColours(palette));
  });

  const { width, height } = size;
  const lines = [`${output}: ${width}x${height}`, `${showSeconds(seconds)} ${showExecutor(executor)}`];
  printAnswer(json, { width, height, iterations, seconds, file: output }, lines);
}
