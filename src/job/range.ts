/** The shape of a range: what fixes its chunks, and so the answer. */

/** How the partial values of a job are kept: not at all, as an exact integer sum, or one value a chunk. */
export type PartialKind = "none" | "sum" | "value";

export interface Range {
  readonly n: number;
  /** The items before it, whole chunks, are computed elsewhere (default 0). */
  readonly from?: number | undefined;
  readonly grain: number;
  readonly partial: PartialKind;
}
