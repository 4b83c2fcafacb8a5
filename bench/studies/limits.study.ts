/**
 * How near the kernels come to what the machine can do: against C, against the bare kernel, against their own first call
 * and one core against two, each with what is asked of it. Everything but the last on one core, alternatives in turns.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { machine, ThreadExecutor } from "allcores";
import { computing, contest } from "./limits/contest.js";
import { inFreshProcess } from "./limits/fresh.js";
import { oneCore } from "./limits/one-core.js";
import { printTable, type Row } from "./limits/row.js";
import { workNames, works } from "./limits/works.js";

const TWO_WORKERS = 1.9;

/** The command that keeps a process on one core: the last that this one may use, since the first has most interrupts. */
function pinning(): string[] | undefined {
  try {
    const allowed = /^Cpus_allowed_list:\s.*?(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
    const launcher = ["taskset", "-c", allowed?.[1] as string];
    execFileSync(launcher[0] as string, [...launcher.slice(1), "true"], { stdio: "ignore" });
    return launcher;
  } catch {
    return undefined;
  }
}

async function twoWorkers(): Promise<Row[]> {
  const larger = workNames.map((name) => works[name].large);
  const asked = { atLeast: TWO_WORKERS };
  if (machine().allowed < 2)
    return larger.map(({ name }) => ({ work: name, asked, state: "missing", why: "two workers: this is one core" }));
  await using one = new ThreadExecutor({ workers: 1 });
  await using two = new ThreadExecutor({ workers: 2 });
  await Promise.all([one.ready(), two.ready()]);
  const rows: Row[] = [];
  for (const work of larger)
    rows.push(...(await contest(computing("one worker", work, one), [computing("two workers", work, two, asked)])));
  return rows;
}

export default async function limits(): Promise<void> {
  const launcher = pinning();
  const module = new URL("./limits/one-core.js", import.meta.url);
  const pinned = launcher ? inFreshProcess(module, oneCore, [], launcher) : await oneCore();
  console.log(
    `\nlimits; ${launcher ? "on one core" : "NOT PINNED to one core (no taskset)"} but for two workers; "at least" is ` +
      "the peer's time over ours, \"at most\" ours over the peer's",
  );
  printTable([...pinned, ...(await twoWorkers())]);
}
