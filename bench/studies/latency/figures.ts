/** Times of cases that run in turns, their quantiles, and the line that a row prints. */
import { quantile } from "../../../dist/bench/statistics.js";

export interface Figures {
  readonly p10: number;
  readonly p50: number;
  readonly p99: number;
}

/** How a row compares with its peer: `times` is the row's time by the peer's, `speed-up` the peer's by the row's. */
export interface Against {
  readonly as: "times" | "speed-up";
  readonly name: string;
  readonly figures: Figures;
}

/** One line of the table, in microseconds. A row against several peers has one line for each. */
export interface Row {
  readonly name: string;
  readonly figures: Figures;
  readonly against: readonly Against[];
}

export interface Turns {
  /** Rounds that are not timed. */
  readonly warm: number;
  /** How long the timed rounds go on. */
  readonly ms: number;
  /** Calls of one case in a row (default 1). A block keeps spinning workers of one pool out of the calls of the next. */
  readonly block?: number;
}

export function figuresOf(values: readonly number[]): Figures {
  return { p10: quantile(values, 0.1), p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}

/** Runs all cases in turns, one call at a time. A call may return what ends it, which is not timed. */
export async function inTurns<Name extends string>(
  cases: Readonly<Record<Name, () => unknown>>,
  { warm, ms, block = 1 }: Turns,
): Promise<Record<Name, Figures>> {
  const sides = (Object.keys(cases) as Name[]).map((name) => ({ name, run: cases[name], times: [] as number[] }));
  for (const { run } of sides) for (let call = 0; call < warm; call++) await ended(await run());
  const end = performance.now() + ms;
  do {
    for (const { run, times } of sides)
      for (let call = 0; call < block; call++) {
        const started = performance.now();
        const outcome = await run();
        times.push((performance.now() - started) * 1000);
        await ended(outcome);
      }
  } while (performance.now() < end);
  return Object.fromEntries(sides.map(({ name, times }) => [name, figuresOf(times)])) as Record<Name, Figures>;
}

async function ended(outcome: unknown): Promise<void> {
  if (typeof outcome === "function") await outcome();
}

/** A row of its time by that of each peer. */
export function row(name: string, figures: Figures, peers: Readonly<Record<string, Figures>> = {}): Row {
  const against = Object.entries(peers).map(([peer, its]) => ({ as: "times", name: peer, figures: its }) as const);
  return { name, figures, against };
}

export function speedUp(name: string, figures: Figures, peer: string, its: Figures): Row {
  return { name, figures, against: [{ as: "speed-up", name: peer, figures: its }] };
}

const SCHEDULE = 13;
const NAME = 44;
const FIGURE = 10;
const RATIO = 8;

const cells = (values: readonly string[], width: number) => values.map((value) => value.padStart(width)).join("");

export function printHeadings(): void {
  const figures = cells(["p10", "p50", "p99"], FIGURE);
  const ratios = cells(["p10", "p50", "p99"], RATIO);
  console.log(`  ${"threads".padEnd(SCHEDULE)}${"us".padEnd(NAME)}${figures}   ratio:${ratios}`);
}

export function printRow(schedule: string, { name, figures, against }: Row): void {
  const { p10, p50, p99 } = figures;
  const own = cells(
    [p10, p50, p99].map((value) => value.toFixed(1)),
    FIGURE,
  );
  const start = `  ${schedule.padEnd(SCHEDULE)}${name.padEnd(NAME)}${own}`;
  if (against.length === 0) console.log(start);
  for (const { as, name: peer, figures: its } of against) {
    const ratio = (q: keyof Figures) => (as === "times" ? figures[q] / its[q] : its[q] / figures[q]);
    const ratios = cells(
      [ratio("p10"), ratio("p50"), ratio("p99")].map((value) => `${value.toFixed(value < 0.1 ? 4 : 2)}x`),
      RATIO,
    );
    console.log(`${start}         ${ratios}  ${as === "times" ? "of" : "faster than"} ${peer}`);
  }
}
