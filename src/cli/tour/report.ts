/** The tour's table: a row for each way, and the reported times of the Python originals. */
import { showSeconds } from "../output.js";
import { formatTable } from "../table.js";
import type { Example } from "./examples.js";
import { type Measurement, WAYS } from "./measure.js";

const PYTHON = [
  ["Python, one thread", "single"],
  ["Python, threads (GIL)", "gil"],
  ["Python, threads (no GIL)", "free"],
  ["Python, processes", "processes"],
] as const;

/** The table's lines, at most 100 columns wide. */
export function tourTable(examples: readonly Example[], measurements: readonly Measurement[]): string[] {
  const secondsOf = (example: Example, way: string) =>
    measurements.find((found) => found.example === example && found.way.name === way)?.seconds;
  const baseline = WAYS[0]?.name ?? "";
  const cells = (example: Example, way: string): [string, string] => {
    const seconds = secondsOf(example, way);
    if (seconds === undefined) return ["", ""];
    return [showSeconds(seconds), showRatio((secondsOf(example, baseline) ?? Number.NaN) / seconds)];
  };
  return formatTable([
    ["", ...examples.flatMap(({ title }) => [title, "speed-up"])],
    "line",
    ...WAYS.map(({ name }) => [name, ...examples.flatMap((example) => cells(example, name))]),
    "line",
    // Python's rows have times alone: a ratio of two machines would say little.
    ...PYTHON.map(([name, key]) => [
      `${name} *`,
      ...examples.flatMap(({ python }) => [python[key] === undefined ? "" : showSeconds(python[key]), ""]),
    ]),
  ]);
}

function showRatio(ratio: number): string {
  return `${ratio.toPrecision(ratio < 100 ? 2 : 3)}x`;
}
