/** A line of the table of limits: two sides, the ratio of their times, and what was asked of it. */

/** What a ratio must be. */
export type Asked = { readonly atLeast: number } | { readonly atMost: number };

/** One side of a comparison. */
export interface Side {
  readonly who: string;
  readonly ms: number;
}

export type Row = {
  readonly work: string;
  readonly asked?: Asked | undefined;
} & (
  | {
      readonly state: "measured";
      readonly ours: Side;
      readonly peer: Side;
      /** Time of the peer divided by ours where it should be at least something, else ours divided by the peer's. */
      readonly ratio: number;
    }
  /** The sides computed different things, or one of them is not here: no times. */
  | { readonly state: "wrong" | "missing"; readonly why: string }
);

const HEADINGS = ["work", "who", "ms", "against", "ms", "ratio", "asked", ""] as const;
const RIGHT = [false, false, true, false, true, true, true, false];

function cells({ work, asked, ...row }: Row): string[] {
  const wanted = asked === undefined ? "" : "atLeast" in asked ? `>= ${asked.atLeast}x` : `<= ${asked.atMost}x`;
  if (row.state !== "measured")
    return [work, `${row.state}: ${row.why}${wanted && ` (asked: ${wanted})`}`, "", "", "", "", "", ""];
  const { ours, peer, ratio } = row;
  const isMet = asked && ("atLeast" in asked ? ratio >= asked.atLeast : ratio <= asked.atMost);
  const verdict = isMet === undefined ? "" : isMet ? "ok" : "short";
  // Where 5% are at stake, two digits are too few.
  const digits = asked && "atMost" in asked ? 3 : 2;
  return [
    work,
    ours.who,
    ours.ms.toFixed(1),
    peer.who,
    peer.ms.toFixed(1),
    `${ratio.toFixed(digits)}x`,
    wanted,
    verdict,
  ];
}

/** Prints the table. */
export function printTable(rows: readonly Row[]): void {
  const lines = [[...HEADINGS], ...rows.map(cells)];
  // What is not measured has its reason written across the columns: it does not widen them.
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((line) => (line[2] === "" && column === 1 ? 0 : (line[column] as string).length))),
  );
  for (const line of lines) {
    const [work, who] = line as [string, string];
    const padded = line.map((cell, column) =>
      RIGHT[column] ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
    );
    console.log(`  ${line[2] === "" ? `${work.padEnd(widths[0] as number)}  ${who}` : padded.join("  ").trimEnd()}`);
  }
}
