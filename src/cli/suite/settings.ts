/** The types that the parts of a run share. */
import type { BenchSize, CompareProgress, Work } from "allcores/bench";
import type { PeerPool } from "./peer-pool.js";
import type { Executors, Place } from "./places.js";

/** A work, and the bench file that it comes from. */
export interface Chosen {
  readonly work: Work;
  readonly file: URL;
  /** The index of the work in its file. */
  readonly index: number;
}

/** The settings that all works share. */
export interface WorkSettings {
  readonly size: BenchSize;
  /** The greatest number of workers. */
  readonly workers: number;
  readonly places: readonly Place[];
  readonly executors: Executors;
  readonly peers: PeerPool;
  readonly signal: AbortSignal;
}

/** The present stage of a work, and its progress. */
export interface Stage extends Pick<CompareProgress, "done" | "total"> {
  readonly stage: CompareProgress["stage"] | "event loop" | "dispatch";
  /** Expected ms to the end of the stage, where its rounds show it. */
  readonly left?: number;
  readonly medians?: Readonly<Record<string, number>>;
}
