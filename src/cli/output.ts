/** The answer on stdout, as text or as one JSON object. */
import { performance } from "node:perf_hooks";

/** Prints the answer: the JSON object in one line, or the lines of text. */
export function printAnswer(asJson: boolean | undefined, answer: object, lines: readonly string[]): void {
  process.stdout.write(asJson ? `${JSON.stringify(answer)}\n` : `${lines.join("\n")}\n`);
}

/** A closed pipe ends a command whose answer is all it makes (isNeeded); others still write files or set an exit code. */
export const reader = { isNeeded: true };

/** Seconds since a `performance.now()`, to the microsecond. */
export function secondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1e3) / 1e6;
}

/** A duration with three digits: 12.3 ms, 1.23 s. */
export function showSeconds(seconds: number): string {
  if (seconds < 1e-5) return `${(seconds * 1e6).toPrecision(3)} µs`;
  const [value, unit] = seconds < 0.9995 ? [seconds * 1e3, "ms"] : [seconds, "s"];
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}

/** 10,000,000, in any locale of the machine. */
export function showCount(count: number | bigint): string {
  return count.toLocaleString("en-US");
}

/** The executor in words. */
export function showExecutor({ kind, concurrency }: { kind: string; concurrency: number }): string {
  if (kind === "serial") return "on one core (serial)";
  return `on ${kind} (${concurrency} worker${concurrency === 1 ? "" : "s"})`;
}
