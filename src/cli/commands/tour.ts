/** `allcores tour`: the classic examples in plain JS and in Wasm on every executor, one table, and the picture. */
import { performance } from "node:perf_hooks";
import type { Command } from "commander";
import { asUse, newCommand, withExample } from "../command.js";
import { type PaletteName, paletteColours } from "../fractal/palettes.js";
import { printAnswer, showSeconds } from "../output.js";
import { fileName } from "../parse.js";
import { withProgress } from "../progress.js";
import { replaceFile } from "../replace-file.js";

const PALETTE: PaletteName = "viridis";

export function tourCommand(signal: AbortSignal): Command {
  const command = newCommand(
    "tour",
    "run the classic examples as plain JS and as Wasm on every executor, and compare",
  ).option("-o, --output <file>", "where the picture goes", fileName(".png"), "fractal.png");
  command.action(({ output }: { output: string }) => asUse(command, () => run(output, signal)));
  return withExample(command, "allcores tour -o fractal.png");
}

async function run(output: string, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const [{ machine }, { makeExamples, PICTURE, REGION }, { differences, measure, REPEATS, runsOf }, { tourTable }] =
    await Promise.all([
      import("allcores"),
      import("../tour/examples.js"),
      import("../tour/measure.js"),
      import("../tour/report.js"),
    ]);
  const { examples, counts } = makeExamples();
  let lines: string[] = [];
  await replaceFile(output, signal, async () => {
    const total = runsOf(examples);
    let done = 0;
    const measurements = await withProgress("tour", (onProgress) =>
      measure(examples, signal, () => onProgress?.({ done: ++done, total })),
    );
    const wrong = differences(measurements);
    if (wrong.length > 0) throw new Error(`the answers differ: ${wrong.join("; ")}`);
    lines = [
      ...tourTable(examples, measurements),
      "",
      "pi is milliseconds of work here, too short to share out; to see all cores: allcores pi --samples 1e9",
      "",
    ];
    const [{ encodeIndexed, scaleOf }, { recipeText }] = await Promise.all([
      import("../fractal/picture.js"),
      import("../fractal/recipe.js"),
    ]);
    const { width, height, maxIterations: iterations } = PICTURE;
    const how = { kind: "mandelbrot", values: "counts", palette: PALETTE, antialias: 1 } as const;
    const indices = scaleOf(how.values, counts, iterations)(counts);
    const text = recipeText({ ...how, size: { width, height }, region: REGION, iterations });
    return encodeIndexed(width, height, indices, await paletteColours(PALETTE), text);
  });
  const { cores, allowed } = machine();
  printAnswer(false, {}, [
    `Node ${process.versions.node} on ${allowed} of ${cores} cores. Best of ${REPEATS} runs, workers started beforehand;`,
    "speed-ups are against plain JS, the JavaScript twin of the kernel on one core.",
    "",
    ...lines,
    ...examples.map(({ title, subtitle }) => `${title}: ${subtitle}`),
    "* as reported for the Python originals, on another machine",
    "",
    "All answers agree: the picture and the sums to the last bit, pi's hits with Wasm on every executor;",
    "plain JS draws other samples, and is within 5 standard errors of pi.",
    `The picture is in ${output}. The tour took ${showSeconds((performance.now() - start) / 1e3)}.`,
  ]);
}
