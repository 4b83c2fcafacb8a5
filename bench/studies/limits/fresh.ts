/** Functions in processes of their own, and what a first call costs there. */
import { execFileSync } from "node:child_process";
import * as wasm from "allcores";
import { quantile } from "../../../dist/bench/statistics.js";
import type { BareWork } from "../../works.js";
import { type WorkName, works } from "./works.js";

/**
 * Calls a function that a module exports, in a fresh Node process, and waits for it.
 * @param launcher a command that starts the process, such as taskset with its arguments
 */
export function inFreshProcess<Args extends unknown[], Result>(
  module: URL,
  called: (...args: Args) => Promise<Result>,
  args: Args,
  launcher: readonly string[] = [],
): Result {
  const code = `
    const { ${called.name} } = await import(${JSON.stringify(module.href)});
    console.log(JSON.stringify(await ${called.name}(...${JSON.stringify(args)})));`;
  const [command, ...rest] = [...launcher, process.execPath, "--input-type=module", "-e", code];
  const stdio = ["ignore", "pipe", "inherit"] satisfies ("ignore" | "pipe" | "inherit")[];
  return JSON.parse(execFileSync(command as string, rest, { encoding: "utf8", stdio })) as Result;
}

const WARM_CALLS = 5;

/** Times the first call of a work in this process, and the median of the calls after it. */
export async function timeCalls(work: BareWork): Promise<{ first: number; warm: number }> {
  const executor = new wasm.SerialExecutor();
  using scope = wasm.heap.scope();
  // In a fresh process, pages that nobody has touched yet, as any first call finds them.
  const output = scope.int32(work.outputLength ?? 0);
  const times: number[] = [];
  while (times.length <= WARM_CALLS) {
    const started = performance.now();
    await work.run(wasm, executor, output);
    times.push(performance.now() - started);
  }
  const [first = Number.NaN, ...warm] = times;
  return { first, warm: quantile(warm, 0.5) };
}

/** The same for a large work by its name, which can be told to another process. */
export async function timeLarge(name: WorkName): Promise<{ first: number; warm: number }> {
  return timeCalls(works[name].large);
}
