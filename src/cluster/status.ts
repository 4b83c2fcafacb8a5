/** What can be known of a queue. */

/** A worker, as it was last heard of. */
export interface ClusterMember {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Threads that compute. */
  readonly threads: number;
  /** Of allcores. */
  readonly version: string;
}

/** A coordinator that has jobs. */
export interface ClusterRun {
  /** Its runId. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Jobs under way, and their items. */
  readonly jobs: number;
  readonly done: number;
  readonly total: number;
}

/** Who works at a queue, and on what. */
export interface ClusterStatus {
  readonly workers: readonly ClusterMember[];
  readonly runs: readonly ClusterRun[];
  /** In the queue, of all runs. */
  readonly chunks: { readonly waiting: number; readonly active: number; readonly failed: number };
}
