/** What a program pays to have the package: its import, and the end of a program that left its pools open. */
import { execFileSync } from "node:child_process";
import { quantile } from "../../dist/bench/statistics.js";

const ROUNDS = 15;

function script(code: string): number {
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: new URL("../..", import.meta.url),
    encoding: "utf8",
  });
  return Number(output);
}

export default async function startup(): Promise<void> {
  const timed = (line: string) => `const t = performance.now(); ${line}; console.log(performance.now() - t);`;
  const importMs = Array.from({ length: ROUNDS }, () => script(timed('await import("allcores")')));
  const exitMs = Array.from({ length: ROUNDS }, () => {
    const ended = script(`
      import { jsKernel, ThreadExecutor, AsyncExecutor, ProcessExecutor, estimatePi } from "allcores";
      await estimatePi({ samples: 1e8 });
      for (const Type of [ThreadExecutor, AsyncExecutor, ProcessExecutor]) await new Type().ready();
      console.log(Date.now());`);
    return Date.now() - ended;
  });
  console.log(`\nstart and end, ms, median and greatest of ${ROUNDS} processes`);
  for (const [name, ms] of Object.entries({
    'import "allcores"': importMs,
    "exit with idle pools of every kind": exitMs,
  }))
    console.log(
      `  ${name.padEnd(36)} ${quantile(ms, 0.5).toFixed(1).padStart(9)} ${quantile(ms, 1).toFixed(1).padStart(9)}`,
    );
}
