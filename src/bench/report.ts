/** What a bench found, as plain data: saved as JSON, drawn by others. `report.schema.json` says the same for all languages. */
import type { ExecutorKind } from "../executors/executor.js";
import type { EventLoopDelay } from "./event-loop.js";
import type { WrongCase } from "./gate.js";
import type { MachineDescription } from "./machine.js";
import type { Ratio, Verdict } from "./ratio.js";
import type { Warming } from "./sampler.js";
import type { Scaling } from "./scaling.js";
import type { Summary } from "./statistics.js";

/** Grows when a reader of older reports would misread a newer one. */
export const SCHEMA_VERSION = 1;

/** The first call of a case: cold, or only as cold as it can be in a process that has done other things. */
export interface FirstCallReport {
  readonly ms: number;
  /** "fresh": a process that did nothing before. "this": the one that compares, where earlier cases may have warmed it. */
  readonly process: "this" | "fresh";
}

/** What a case of the bench is: one implementation of the work, in one place. */
export interface CaseTraits {
  /** "JS", "Wasm", "scalar Wasm", or a peer such as "C" or "numpy". */
  readonly implementation: string;
  /** Where it ran; peers run by themselves. */
  readonly executor?: ExecutorKind;
  readonly workers?: number;
}

/** One case's times, in ms a call. */
export interface CaseReport extends Summary {
  readonly name: string;
  /** In the comparisons of the bench. */
  readonly traits?: CaseTraits;
  readonly async: boolean;
  /** Not of the bench's peers, which have been asked before they are compared. */
  readonly first?: FirstCallReport;
  readonly warm: Warming;
  /** Calls in a batch. */
  readonly calls: number;
  /** ms a call, of one batch each: two for each round, in order. Median, MAD and outliers are theirs. */
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
  /** The case that ran as two: the first, or a quicker one where the first takes long. */
  readonly case: string;
  /** The time of one by the time of the other. */
  readonly ratio: Ratio;
  /** The far end of that interval, less 1: 0.01 is 1%. No verdict is given on ratios nearer to 1. */
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
  /** Of each case but the first, against the first. */
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

/** Where and when. */
export interface ReportHead {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** ISO 8601, the start. */
  readonly created: string;
  readonly machine: MachineDescription;
  /** Load averages at the end; those at the start are the machine's. */
  readonly loadAfter: readonly [number, number, number];
  /** Against an older report, where one was given. */
  readonly baseline?: BaselineReport;
}

/** What `compare` gives. */
export type CompareReport = Comparison & ReportHead;

/** The event loop's delay while some work ran. */
export interface EventLoopReport extends EventLoopDelay {
  readonly name: string;
}

/** What an executor takes for itself. */
export interface DispatchReport {
  readonly executor: ExecutorKind;
  readonly workers: number;
  /** us for a job of one empty chunk, and for each further one of a job of many. */
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
  /** "time": its time then by its time now. "ratio": its ratio to the first case now by that then. */
  readonly by: "time" | "ratio";
  /** Below 1: slower now. */
  readonly ratio: Ratio;
  /** What must be surpassed: both runs' noise, and what runs differ by. */
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
  /** Those that are slower. */
  readonly regressions: readonly Change[];
  /** Comparisons that were right in the baseline, and are wrong now. */
  readonly wrong: readonly string[];
  /** Cases of the baseline that are not here now, and new ones: nothing is said about them. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

/** Either, as it is saved. */
export type SavedReport = CompareReport | BenchReport;

export function comparisonsOf(report: SavedReport): readonly Comparison[] {
  return "comparisons" in report ? report.comparisons : [report];
}

/** What a report of many has beside its comparisons; of one, nothing. */
export function besides(
  report: SavedReport,
): Required<Pick<BenchReport, "scaling" | "eventLoop" | "dispatch" | "missing">> {
  const nothing = { scaling: [], eventLoop: [], dispatch: [], missing: [] };
  return "comparisons" in report ? { ...nothing, ...report } : nothing;
}
