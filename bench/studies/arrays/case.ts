/** One row of the study: a verb of allcores/arrays and its peers, on the same data. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Executor, HeapScope } from "allcores";
import { eventLoopDelay } from "allcores/bench";
import { quantile } from "../../../dist/bench/statistics.js";

/** What is timed. */
export interface Ways {
  ours(executor: Executor): Promise<unknown>;
  /** The library that the row compares with. */
  theirs(): unknown;
  /** The loop that people write, where it is another one than the library. */
  loop?(): unknown;
  /** Whether two results are the same; results of different ways may differ in form. */
  check(ours: unknown, theirs: unknown): void;
}

export interface ArraysCase {
  readonly name: string;
  readonly peer: string;
  /** How often as fast two workers must be, by the issue that asked for the set. */
  readonly least?: number;
  readonly rounds?: number;
  /** @param scope holds the data until the row is done */
  prepare(scope: HeapScope): Ways | Promise<Ways>;
}

const FOLDER = fileURLToPath(new URL("../../npm-peers/", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../../bench/peers/", import.meta.url));

/** Loads a peer; all are installed once, by a lock file of their own. */
export async function peer<T>(name: string): Promise<T> {
  if (!existsSync(`${FOLDER}node_modules`)) {
    mkdirSync(FOLDER, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) copyFileSync(SOURCE + file, FOLDER + file);
    // The scripts of packages stay off: those with native parts bring them built.
    spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: FOLDER, stdio: "inherit" });
  }
  const path = createRequire(`${FOLDER}package.json`).resolve(name);
  const loaded = (await import(path)) as { default?: T };
  return (loaded.default ?? loaded) as T;
}

async function time(call: () => unknown): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

const show = (ms: number) => ms.toPrecision(3).padStart(8);

/** Measures a row in turns, and prints it: median ms, how often as fast as the peer one and two workers are, quartiles. */
export async function measure(
  { name, peer: peerName, least, rounds = 15, prepare }: ArraysCase,
  scope: HeapScope,
  one: Executor,
  two: Executor,
): Promise<void> {
  const { ours, theirs, loop, check } = await prepare(scope);
  check(await ours(two), await theirs());
  const ways = [theirs, () => ours(one), () => ours(two), ...(loop ? [loop] : [])];
  const ms = ways.map((): number[] => []);
  for (let round = -2; round < rounds; round++)
    for (const [i, way] of ways.entries()) {
      const taken = await time(way);
      if (round >= 0) ms[i]?.push(taken);
    }
  const medians = ms.map((all) => quantile(all, 0.5));
  const ratio = (of: number) => {
    const all = (ms[0] as number[]).map((their, i) => their / (ms[of]?.[i] as number));
    return [0.5, 0.25, 0.75].map((q) => `${quantile(all, q).toFixed(2)}x`).join(" ");
  };
  const inLoop = loop
    ? `  loop ${show(medians[3] as number)} (${((medians[3] as number) / (medians[2] as number)).toFixed(1)}x)`
    : "";
  const wanted = least === undefined ? "" : `  asked ${least}x`;
  const [their, alone, both] = medians.map(show);
  console.log(
    `${name}\n  ${peerName} ${their}  one ${alone}  two ${both} ms${inLoop}\n  one ${ratio(1)}  two ${ratio(2)}${wanted}`,
  );
  const repeated = async (call: () => unknown) => {
    const end = performance.now() + 500;
    do await call();
    while (performance.now() < end);
  };
  const [mine, other] = [
    await eventLoopDelay(() => repeated(() => ours(two))),
    await eventLoopDelay(() => repeated(async () => theirs())),
  ];
  console.log(
    `  event loop late, ms: ours p99 ${mine.p99.toFixed(1)} max ${mine.max.toFixed(1)}, ${peerName} p99 ${other.p99.toFixed(1)} max ${other.max.toFixed(1)}`,
  );
}
