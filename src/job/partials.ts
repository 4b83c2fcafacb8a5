/**
 * What the kernel's calls come to. Each reply of a worker carries the partial values computed since its previous reply;
 * the executor joins those of all replies, in the order of their chunks.
 */
import type { WireFailure } from "./failure.js";

/** Values of consecutive chunks, from `first` on. */
export interface ChunkValues {
  readonly first: number;
  readonly values: readonly unknown[];
}

export interface Partials {
  /** Of a job with partial "sum". */
  readonly sum: bigint;
  /** Of a job with partial "value"; the result of a plain call is the value of chunk 0. */
  readonly chunks: readonly ChunkValues[];
  readonly failure?: WireFailure | undefined;
}

/** Of a plain call. */
export function partialsOfCall(value: unknown): Partials {
  return { sum: 0n, chunks: [{ first: 0, values: [value] }] };
}

export const NO_PARTIALS: Partials = { sum: 0n, chunks: [] };

/** What a job comes to, before its caller's form is made of it. */
export interface Outcome {
  readonly sum: bigint;
  /** Values in the order of the chunks. */
  readonly values: readonly unknown[];
}

export const NO_OUTCOME: Outcome = { sum: 0n, values: [] };

export function joinPartials(all: readonly Partials[]): Outcome {
  const [only] = all;
  // A plain call, and any job of one chunk.
  if (only && all.length === 1 && only.chunks.length <= 1)
    return { sum: only.sum, values: only.chunks[0]?.values ?? [] };
  let sum = 0n;
  for (const part of all) sum += part.sum;
  const chunks = all.flatMap((part) => part.chunks).sort((a, b) => a.first - b.first);
  return { sum, values: chunks.flatMap(({ values }) => values) };
}
