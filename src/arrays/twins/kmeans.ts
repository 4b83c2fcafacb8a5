/** k-means, as plain loops. */
import type { Float, Plain, Same } from "../types.js";

interface Found<T extends Float> {
  labels: Uint32Array<ArrayBuffer>;
  centroids: Plain<T>;
  inertia: number;
  iterations: number;
  converged: boolean;
}

/** Begins with the centroids given. */
export function kmeans<T extends Float>(
  points: T,
  {
    dim,
    k,
    init,
    maxIterations = 100,
  }: { readonly dim: number; readonly k: number; readonly init: Same<T>; readonly maxIterations?: number },
): Found<T> {
  const n = points.length / dim;
  const labels = new Uint32Array(n).fill(k);
  const distances = new Float64Array(n);
  const centroids = Float64Array.from(init);
  const round = points instanceof Float32Array ? Math.fround : (value: number) => value;
  let [iterations, inertia, converged] = [0, 0, false];
  while (!converged && iterations < maxIterations) {
    iterations++;
    converged = true;
    inertia = 0;
    const sums = new Float64Array(k * dim);
    const counts = new Uint32Array(k);
    for (let i = 0; i < n; i++) {
      let [best, label] = [Infinity, 0];
      for (let c = 0; c < k; c++) {
        let distance = 0;
        for (let d = 0; d < dim; d++) {
          const apart = round((points[i * dim + d] as number) - (centroids[c * dim + d] as number));
          distance = round(distance + round(apart * apart));
        }
        if (distance < best) [best, label] = [distance, c];
      }
      if (labels[i] !== label) converged = false;
      labels[i] = label;
      distances[i] = best;
      inertia += best;
      counts[label] = (counts[label] as number) + 1;
      for (let d = 0; d < dim; d++)
        sums[label * dim + d] = (sums[label * dim + d] as number) + (points[i * dim + d] as number);
    }
    for (let c = 0; c < k; c++) {
      if (counts[c] !== 0) {
        for (let d = 0; d < dim; d++)
          centroids[c * dim + d] = round((sums[c * dim + d] as number) / (counts[c] as number));
        continue;
      }
      const far = distances.indexOf(distances.reduce((a, b) => Math.max(a, b), 0));
      if (!((distances[far] as number) > 0)) continue;
      centroids.set(points.subarray(far * dim, (far + 1) * dim), c * dim);
      distances[far] = 0;
      converged = false;
    }
  }
  const typed = new (points.constructor as Float64ArrayConstructor)(centroids);
  return { labels, centroids: typed as Plain<T>, inertia, iterations, converged };
}
