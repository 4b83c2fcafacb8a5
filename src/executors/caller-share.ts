/**
 * What the caller's thread computes of a range itself: a worker that sleeps takes 60 us or more to begin, in which the caller
 * has done a short range. Its event loop must not notice:
 *
 *   1 ms a turn of the event loop, for the jobs of all executors together, in slices of 0.1 ms
 *   compiled kernels alone that neither allocate nor take locks: JS kernels are the user's code
 *   no kernel whose slices have been seen to take over 1 ms
 */
import { readFileSync } from "node:fs";
import { kernelKey, type WireKernel } from "../job/wire-job.js";
import { packageFile } from "../locate.js";
import { setImmediate } from "../timers.js";
import { optionalPlain } from "../validate.js";

/** Of executors whose caller's thread may compute too. */
export interface CallerOptions {
  /**
   * Whether compiled kernels may run on the caller's thread too (default true): in ranges that should be short by the rate
   * that the last one has shown, for 1 ms a turn of the event loop at most, in claims of 0.1 ms. JS kernels never do. A call
   * without end can't be ended there; a kernel that holds the thread for over 1 ms three times runs on workers alone from
   * then on, and a warning says so.
   */
  readonly callerRuns?: boolean | undefined;
}

export function mayCallerRun({ callerRuns }: CallerOptions): boolean {
  optionalPlain("callerRuns", "boolean", callerRuns);
  return callerRuns ?? true;
}

/** The time of a turn of the event loop that all shares have together, and what a claim of a share should take, in ms. */
export const TURN_MS = 1;
export const SHARE_SLICE_MS = 0.1;

/** What is left of this turn, in ms. */
let left = TURN_MS;
/** Resolves when the next turn begins; there since the first share of this one. */
let nextTurn: Promise<void> | undefined;
let isAwaited = false;

function endWithTurn(resolve: () => void): void {
  setImmediate(() => {
    left = TURN_MS;
    nextTurn = undefined;
    isAwaited = false;
    resolve();
  });
}

/** The time that one job may take of a turn of the event loop. */
export class TurnShare {
  private constructor(readonly ms: number) {}

  /**
   * @param canWait whether the job may begin in the next turn: to hear a worker's reply takes one, too
   * @returns undefined where less than a slice is left, and another job waits already
   */
  static async take(wanted: number, canWait: boolean): Promise<TurnShare | undefined> {
    if (left < SHARE_SLICE_MS && canWait && !isAwaited) {
      isAwaited = true;
      await nextTurn;
    }
    if (left < SHARE_SLICE_MS) return undefined;
    nextTurn ??= new Promise(endWithTurn);
    const ms = Math.min(wanted, left);
    left -= ms;
    return new TurnShare(ms);
  }

  /** Gives back what the job did not need of it. */
  giveBack(used: number): void {
    left = Math.min(TURN_MS, left + Math.max(0, this.ms - used));
  }
}

/** Slices of over 1 ms that cost a kernel its right, and how many good shares between two of them clear it. */
const STRIKES = 3;
const CLEARED_AFTER = 8;

/** Which kernels may run on the caller's thread. */
export class CallerRights {
  readonly #suspects = new Map<string, { strikes: number; good: number }>();
  readonly #barred = new Set<string>();

  mayRun(kernel: WireKernel): boolean {
    if (kernel.language === "js" || this.#barred.has(kernelKey(kernel))) return false;
    return kernel.compiled ? !kernel.compiled.locks && kernel.compiled.arena === 0 : isBuiltIn(kernel.url);
  }

  /**
   * Watches the slices of one share. Another program that has the core for a while looks like a long slice: a suspect's
   * shares ask the system whether the thread was interrupted, which costs 30 us.
   * @returns to be called with what the longest slice took, in ms
   */
  watch(kernel: WireKernel): (longest: number) => void {
    const key = kernelKey(kernel);
    const suspect = this.#suspects.get(key);
    const before = suspect && interruptions();
    return (longest) => {
      if (longest <= TURN_MS) {
        if (suspect && ++suspect.good > CLEARED_AFTER) this.#suspects.delete(key);
      } else if (!suspect) this.#suspects.set(key, { strikes: 1, good: 0 });
      else if (before === interruptions()) {
        suspect.good = 0;
        if (++suspect.strikes === STRIKES) this.#bar(kernel, longest);
      }
    };
  }

  #bar(kernel: WireKernel, ms: number): void {
    this.#barred.add(kernelKey(kernel));
    process.emitWarning(
      `a call of ${kernel.label} held the caller's thread for ${ms.toFixed(1)} ms, which its last jobs gave no reason to ` +
        "expect: from now on it runs on workers alone. { callerRuns: false } keeps all kernels there",
      "AllcoresWarning",
    );
  }
}

let builtIns: string | undefined;

function isBuiltIn(url: string | undefined): boolean {
  builtIns ??= packageFile("kernels/").href;
  return url?.startsWith(builtIns) ?? false;
}

/** How often the system has taken the core from this thread; undefined where it does not say. */
function interruptions(): string | undefined {
  try {
    return /nonvoluntary_ctxt_switches:\s*(\d+)/.exec(readFileSync("/proc/thread-self/status", "latin1"))?.[1];
  } catch {
    return undefined;
  }
}
