/** The state of a long run, redrawn in place on stderr if that is a terminal: the stage, the time left, a table. */
import { clearScreenDown, moveCursor } from "node:readline";
import { showSeconds } from "../output.js";
import { formatTable } from "../table.js";

export interface LiveState {
  readonly title: string;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly msLeft: number;
  /** ms a call, by the names of the cases; ratios refer to the first. */
  readonly medians?: Readonly<Record<string, number>> | undefined;
}

export class LiveView implements Disposable {
  readonly #terminal = process.stderr.isTTY ? process.stderr : undefined;
  #drawn = 0;

  /** Draws a state. */
  draw(state: LiveState): void {
    if (!this.#terminal) return;
    // Some terminals have no size, or one of 0.
    const [columns, rows] = [this.#terminal.columns || 80, this.#terminal.rows || 24];
    // A line that is wrapped or has scrolled away can't be drawn over, so lines are cut.
    const lines = linesOf(state)
      .slice(0, rows - 1)
      // Names of cases may hold control characters, which would move the cursor.
      .map((line) => line.replace(/\p{Cc}+/gu, " ").slice(0, columns - 1));
    this.clear();
    this.#terminal.write(`${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  /** Clears the view, so that other text can be printed. */
  clear(): void {
    if (!this.#terminal || this.#drawn === 0) return;
    moveCursor(this.#terminal, 0, -this.#drawn);
    clearScreenDown(this.#terminal);
    this.#drawn = 0;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

const STAGES: Readonly<Record<string, string>> = {
  check: "checking that all compute the same",
  warm: "warming",
  measure: "round",
  first: "first calls in fresh processes",
};

function linesOf({ title, stage, done, total, msLeft, medians = {} }: LiveState): string[] {
  // The time left stands at the front: a narrow terminal cuts the end.
  const left = msLeft > 0 ? `about ${Math.ceil(msLeft / 1000)} s left; ` : "";
  const cases = Object.entries(medians);
  const first = cases[0]?.[1] ?? 0;
  const table = cases.map(([name, ms]) => [name, showSeconds(ms / 1e3), `${(first / ms).toFixed(2)}x`]);
  return [
    `${left}${title}: ${STAGES[stage] ?? stage} ${done}/${total}`,
    ...formatTable(table).map((line) => `  ${line}`),
  ];
}
