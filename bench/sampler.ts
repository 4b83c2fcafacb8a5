/** Times alternatives against each other: interleaved, so that a busy neighbour or a warm core hits all of them alike. */

/** Timed from outside, unless it returns (a promise of) its own time. */
export type Case = () => unknown;

/** What a case returns that takes its time itself, in ms: a program beyond a pipe. */
export class OwnTime {
  constructor(readonly ms: number) {}
}

/** What a bench found, one line each. */
export interface Row {
  readonly name: string;
  readonly ms: number;
  /** Time of the first case divided by this one's: 2 is twice as fast. The median of the rounds' own ratios. */
  readonly ratio: number;
}

const WARM_ROUNDS = 2;

/** Runs all cases in turn, there and back again (ABBA), and compares each with the first. */
export async function compareCases(cases: Readonly<Record<string, Case>>, rounds = 9): Promise<Row[]> {
  const names = Object.keys(cases);
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < WARM_ROUNDS + rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const started = performance.now();
      const result = await cases[name]?.();
      const ms = result instanceof OwnTime ? result.ms : performance.now() - started;
      if (round >= WARM_ROUNDS) times.get(name)?.push(ms);
    }
  }
  const first = times.get(names[0] as string) ?? [];
  return names.map((name) => {
    const own = times.get(name) ?? [];
    const ratios = own.map((ms, round) => (first[round] as number) / ms);
    return { name, ms: quantile(own, 0.5), ratio: quantile(ratios, 0.5) };
  });
}

/** The q-quantile of the values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Prints rows as a table. */
export function printRows(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  for (const { name, ms, ratio } of rows)
    console.log(`  ${name.padEnd(36)} ${ms.toFixed(1).padStart(9)} ms ${ratio.toFixed(2).padStart(7)}x`);
}
