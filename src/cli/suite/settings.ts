/** What the parts of a run share. */
import type { BenchSize, CompareProgress, Work } from "allcores/bench";
import type { PeerPool } from "./peer-pool.js";
import type { Executors, Place } from "./places.js";

/** A work, and where it comes from. */
export interface Chosen {
  readonly work: Work;
  readonly file: URL;
  /** Which of the file's works. */
  readonly index: number;
}

/** What all works share. */
export interface WorkSettings {
  readonly size: BenchSize;
  /** The greatest number of workers. */
  readonly workers: number;
  readonly places: readonly Place[];
  readonly executors: Executors;
  readonly peers: PeerPool;
  readonly signal: AbortSignal;
}

/** What is being done, and how much of that is over. */
export interface Stage extends Pick<CompareProgress, "done" | "total"> {
  readonly stage: CompareProgress["stage"] | "event loop" | "dispatch";
  /** Expected ms to the end of the stage, where its own rounds show it. */
  readonly left?: number;
  readonly medians?: Readonly<Record<string, number>>;
}
