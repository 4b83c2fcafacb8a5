/** The shape of a range: what fixes its chunks, and so the answer. */

/** How the partial values of a job are kept: not at all, as an exact integer sum, or one value a chunk. */
export type PartialKind = "none" | "sum" | "value";

export interface Range {
  readonly n: number;
  /** The items before it, whole chunks, are computed elsewhere (default 0). */
  readonly from?: number | undefined;
  readonly grain: number;
  /** "array": in an accumulator a chunk (accumulate.ts). */
  readonly partial: PartialKind | "array";
  /** Items a call of partial "array", from each chunk's beginning on: kernels may add up differently in other calls. */
  readonly call?: number | undefined;
}
