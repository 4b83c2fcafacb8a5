/**
 * What a call costs besides its work: calls, ranges, short jobs, maps, processes, and what the event loop feels of them,
 * each in turns with its peers, as a ratio. All of it in a fresh process for each way to schedule the threads: unpinned,
 * all on core 0, and beside a process that keeps core 1 busy. `--quick` takes a fifth of the
 * time. Other programs that run make both longer: only the timed rounds end by the clock.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { printHeadings } from "./latency/figures.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const onCore = (core: number) => ["taskset", "-c", String(core)];

function isThere(launcher: readonly string[]): boolean {
  try {
    execFileSync(launcher[0] as string, [...launcher.slice(1), "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function start(launcher: readonly string[], args: readonly string[]) {
  const [command, ...rest] = [...launcher, process.execPath, ...args];
  return spawn(command as string, rest, { stdio: "inherit" });
}

async function measure(schedule: string, isQuick: boolean, launcher: readonly string[] = []): Promise<void> {
  const child = start(launcher, [here("./latency/schedule.js"), schedule, isQuick ? "quick" : "full"]);
  const [code, signal] = await once(child, "exit");
  if (code !== 0) throw new Error(`the rows of "${schedule}" ended with ${signal ?? `exit code ${code}`}`);
}

export default async function latency({ isQuick }: { readonly isQuick: boolean }): Promise<void> {
  console.log(`\nlatency, us${process.env.ALLCORES ? `, of ${process.env.ALLCORES}` : ""}`);
  printHeadings();
  await measure("unpinned", isQuick);
  if (!isThere(onCore(0))) return console.log("  no taskset: no rows on chosen cores");
  await measure("core 0", isQuick, onCore(0));
  if (!isThere(onCore(1))) return console.log("  no second core: no rows beside a busy one");
  const busy = start(onCore(1), [here("../../bench/studies/latency/busy.js")]);
  try {
    await measure("core 1 busy", isQuick);
  } finally {
    busy.kill();
  }
}
