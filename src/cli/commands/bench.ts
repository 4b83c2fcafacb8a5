/** `allcores bench`: the kernels in plain JS and in Wasm, in every place, with evidence. */
import { readdir } from "node:fs/promises";
import type { Bench, BenchSize } from "allcores/bench";
import type { Command } from "commander";
import { asUse, newCommand, UsageError, withExample } from "../command.js";
import { printAnswer, reader } from "../output.js";
import { MANIFEST } from "../package.js";
import { whole } from "../parse.js";
import { addReportOptions, exitCodeOfReport, type ReportFlags, readBaseline, saving } from "../report-file.js";
import type { Chosen } from "../suite/settings.js";

interface BenchFlags extends ReportFlags {
  readonly quick?: boolean;
  readonly workers?: number;
}

/** The compiled `bench/*.bench.ts`. */
const FOLDER = new URL("dist/suite/", MANIFEST);

export function benchCommand(signal: AbortSignal): Command {
  const command = newCommand("bench", "compare the kernels in plain JS and in Wasm, on one core and on all, and peers")
    .argument("[filter]", "only what has this in its name, such as pi, fractal, julia, sum, @1000")
    .option("--quick", "smaller works, within a minute (else within ten)")
    .option(
      "--workers <count>",
      "greatest number of threads and processes (default: the cores allowed)",
      whole(1, 1024),
    );
  addReportOptions(command).action((filter: string | undefined, flags: BenchFlags) =>
    run(filter, flags, command, signal),
  );
  return withExample(
    command,
    "allcores bench --quick",
    "allcores bench julia --save julia.html --save julia.json",
    "allcores bench --baseline julia.json julia",
  );
}

async function run(
  filter: string | undefined,
  { quick, workers, json, save = [], baseline: older }: BenchFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const size = quick ? "quick" : "full";
  const before = await readBaseline(older, command);
  const chosen = await choose(filter, size, command);
  const [{ ThreadExecutor }, { compareWithBaseline, renderText }, { runBench }, { LiveView }] = await Promise.all([
    import("allcores"),
    import("allcores/bench"),
    import("../suite/run.js"),
    import("../suite/live.js"),
  ]);
  // The executor reads ALLCORES_WORKERS, which may be wrong. It starts threads with its first job: none here.
  const most = workers ?? (await asUse(command, async () => new ThreadExecutor().concurrency));
  using live = new LiveView();
  reader.isNeeded = save.length === 0 && before === undefined;
  const report = await saving(save, signal, async () => {
    const made = await runBench(chosen, {
      size,
      workers: most,
      signal,
      onProgress: ({ name, worksDone, works, ...stage }) =>
        live.draw({ title: `${Math.min(worksDone + 1, works)}/${works} ${name}`, ...stage }),
      onComparison: (comparison) => {
        live.clear();
        if (!json) printAnswer(false, {}, [renderText(comparison)]);
      },
    });
    const whole = before ? { ...made, baseline: compareWithBaseline(made, before) } : made;
    live.clear();
    // The answer is printed before the files are written, so that a full disk does not lose it.
    printAnswer(json, whole, [renderText(whole, { comparisons: false }).trimEnd()]);
    return whole;
  });
  if (report.comparisons.length === 0)
    throw new Error(`nothing was compared: '${filter}' is only for peers that are not here`);
  process.exitCode = exitCodeOfReport(report.comparisons, report.baseline);
}

async function choose(filter: string | undefined, size: BenchSize, command: Command): Promise<readonly Chosen[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".bench.js")).sort();
  const chosen: Chosen[] = [];
  for (const name of files) {
    const file = new URL(name, FOLDER);
    const { default: bench } = (await import(file.href)) as { default: Bench };
    for (const [index, work] of bench.works(size).entries())
      if (filter === undefined || name.includes(filter) || work.name.includes(filter))
        chosen.push({ work, file, index });
  }
  if (chosen.length > 0) return chosen;
  const names = files.map((file) => file.replace(".bench.js", "")).join(", ");
  throw new UsageError(`filter must be in the name of a bench, got '${filter}'; there are ${names}`, command);
}
