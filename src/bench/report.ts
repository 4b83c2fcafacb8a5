/** A report as plain data, saved as JSON and drawn by render/. `report.schema.json` describes it for other languages. */
import type { ExecutorKind } from "../executors/options.js";
import type { EventLoopDelay } from "./event-loop.js";
import type { WrongCase } from "./gate.js";
import type { MachineDescription } from "./machine.js";
import type { Ratio, Verdict } from "./ratio.js";
import type { Warming } from "./sampler.js";
import type { Scaling } from "./scaling.js";
import type { Summary } from "./statistics.js";

/** The version grows when a reader of older reports would misread a newer one. */
export const SCHEMA_VERSION = 1;

/** The first call of a case: cold in a fresh process, less so in one that has done other things. */
export interface FirstCallReport {
  readonly ms: number;
  /** "fresh": a process that did nothing before. "this": the process that compares, which earlier cases may have warmed. */
  readonly process: "this" | "fresh";
}

/** The traits of a case of the bench: one implementation of the work, in one place. */
export interface CaseTraits {
  /** "JS", "Wasm", "scalar Wasm", or a peer such as "C" or "numpy". */
  readonly implementation: string;
  /** The executor that ran the case; peers run without one. */
  readonly executor?: ExecutorKind;
  readonly workers?: number;
}

/** One case's times, in ms a call. */
export interface CaseReport extends Summary {
  readonly name: string;
  /** Only in the comparisons of the bench. */
  readonly traits?: CaseTraits;
  readonly async: boolean;
  /** Missing for the bench's peers, which have done the work before they are compared. */
  readonly first?: FirstCallReport;
  readonly warm: Warming;
  /** Calls in a batch. */
  readonly calls: number;
  /** ms a call, one for each batch: two for each round, in order. Median, MAD and outliers are taken from these. */
  readonly samples: readonly number[];
  /** By the median, where `items` was given. */
  readonly nsPerItem?: number;
  /** By the median, where `bytes` was given. */
  readonly gigabytesPerSecond?: number;
}

/** How outcomes were compared. */
export type CheckReport =
  | { readonly kind: "equal" }
  | { readonly kind: "tolerance"; readonly tolerance: number; readonly reason: string }
  /** The caller's function. */
  | { readonly kind: "function" };

/** How much a case differed from itself in this run. */
export interface NoiseReport {
  /** The case that ran as two: the first, or a quicker one if the first takes over half of a round. */
  readonly case: string;
  /** The time of one by the time of the other. */
  readonly ratio: Ratio;
  /** The far end of the ratio's interval, less 1: 0.01 is 1%. Ratios nearer to 1 stay undecided. */
  readonly floor: number;
}

interface ComparisonHead {
  readonly name: string;
  readonly check: CheckReport;
}

/** Cases that compute the same, and their times. */
export interface DoneComparison extends ComparisonHead {
  readonly state: "done";
  /** Items, and bytes moved, in a call. */
  readonly items?: number;
  readonly unit?: string;
  readonly bytes?: number;
  readonly rounds: number;
  readonly seed: number;
  readonly cases: readonly CaseReport[];
  /** Time of the first case by that of the second: 2 means that the second is twice as fast. */
  readonly ratio: Ratio;
  /** Time of the first case by that of each other one, by its name. */
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly verdict: Verdict;
  /** The verdict on each case but the first, against the first. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly noise: NoiseReport;
}

/** Cases that compute different things: no times. */
export interface WrongComparison extends ComparisonHead {
  readonly state: "wrong";
  readonly why: string;
  readonly wrong: readonly WrongCase[];
}

export type Comparison = DoneComparison | WrongComparison;

/** Where and when the report was made. */
export interface ReportHead {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** ISO 8601, the start. */
  readonly created: string;
  readonly machine: MachineDescription;
  /** Load averages at the end; `machine.load` has those at the start. */
  readonly loadAfter: readonly [number, number, number];
  /** The comparison with an older report, where one was given. */
  readonly baseline?: BaselineReport;
}

/** What `compare` gives. */
export type CompareReport = Comparison & ReportHead;

/** The event loop's delay while some work ran. */
export interface EventLoopReport extends EventLoopDelay {
  readonly name: string;
}

/** The cost of an executor. */
export interface DispatchReport {
  readonly executor: ExecutorKind;
  readonly workers: number;
  /** us for a job of one empty chunk, and for each further chunk of a job of many. */
  readonly perJob: number;
  readonly perChunk: number;
  /** Bytes copied to workers and back for a job that reads a heap array of 1 MiB and fills another. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A report of many comparisons. */
export interface BenchReport extends ReportHead {
  readonly comparisons: readonly Comparison[];
  readonly scaling?: readonly ({ readonly name: string } & Scaling)[];
  readonly eventLoop?: readonly EventLoopReport[];
  readonly dispatch?: readonly DispatchReport[];
  /** Peers that are not here, and why. */
  readonly missing?: readonly { readonly name: string; readonly why: string }[];
}

/** A case then and now. */
export interface Change {
  readonly comparison: string;
  readonly case: string;
  /** "time": the case's time then by its time now. "ratio": its ratio to the first case now by that ratio then. */
  readonly by: "time" | "ratio";
  /** Below 1: the case is slower now. */
  readonly ratio: Ratio;
  /** A change below this is no verdict: the noise of both runs, and the usual difference between runs. */
  readonly floor: number;
  readonly verdict: Verdict;
}

export interface BaselineReport {
  /**
   * "regressed": a case is slower beyond the noise, or computes something else than it should. "incomparable": there is no
   * case that is in both.
   */
  readonly state: "held" | "regressed" | "incomparable";
  readonly sameMachine: boolean;
  readonly changes: readonly Change[];
  /** The changes whose verdict is "slower". */
  readonly regressions: readonly Change[];
  /** Comparisons that were right in the baseline, and are wrong now. */
  readonly wrong: readonly string[];
  /** Cases of the baseline that are not here now, and new ones: nothing is said about them. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

/** A report of one comparison or of many, as it is saved. */
export type SavedReport = CompareReport | BenchReport;

export function comparisonsOf(report: SavedReport): readonly Comparison[] {
  return "comparisons" in report ? report.comparisons : [report];
}

/** The parts of a bench report beside its comparisons; empty for a report of one comparison. */
export function besides(
  report: SavedReport,
): Required<Pick<BenchReport, "scaling" | "eventLoop" | "dispatch" | "missing">> {
  const nothing = { scaling: [], eventLoop: [], dispatch: [], missing: [] };
  return "comparisons" in report ? { ...nothing, ...report } : nothing;
}
