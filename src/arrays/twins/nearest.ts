/** Exact search, as a plain loop: all scores, sorted. */
import type { Metric } from "../nearest.js";

interface Asked {
  readonly dim: number;
  readonly k: number;
  readonly metric?: Metric;
  readonly where?: Uint8Array;
}

export function nearest(
  rows: Float32Array | Int8Array,
  query: Float32Array | Int8Array,
  { dim, k, metric = "cosine", where }: Asked,
) {
  const found: { readonly id: number; readonly score: number }[][] = [];
  for (let q = 0; q < query.length; q += dim) {
    const all = [];
    for (let id = 0; id * dim < rows.length; id++)
      if (!where || where[id]) all.push({ id, score: scoreOf(rows, id * dim, query, q, dim, metric) });
    const sign = metric === "l2" ? 1 : -1;
    all.sort((a, b) => sign * (a.score - b.score) || a.id - b.id);
    found.push(all.slice(0, k));
  }
  return {
    k: found[0]?.length ?? 0,
    ids: Uint32Array.from(found.flat(), ({ id }) => id),
    scores: Float64Array.from(found.flat(), ({ score }) => score),
  };
}

function scoreOf(
  rows: ArrayLike<number>,
  row: number,
  query: ArrayLike<number>,
  q: number,
  dim: number,
  metric: Metric,
): number {
  let [product, square, querySquare, apart] = [0, 0, 0, 0];
  for (let i = 0; i < dim; i++) {
    const [a, b] = [rows[row + i] as number, query[q + i] as number];
    product += a * b;
    square += a * a;
    querySquare += b * b;
    apart += (a - b) ** 2;
  }
  if (metric === "l2") return Math.sqrt(apart);
  if (metric === "dot") return product;
  return square === 0 || querySquare === 0 ? 0 : product / (Math.sqrt(square) * Math.sqrt(querySquare));
}
