/** The first centroids of k-means: given ones, or points far from each other (k-means++: Arthur and Vassilvitskii, 2007). */
import { Blocks, Ptr, Random, Whole } from "allcores/assembly";
import { addSquare } from "./lib/panels";

export function copy_float64(from: Whole<f64>, to: Ptr<f64>): void {
  memory.copy(to.at(0), from.at(0), <usize>from.length << 3);
}
export function copy_float32(from: Whole<f32>, to: Ptr<f32>): void {
  memory.copy(to.at(0), from.at(0), <usize>from.length << 2);
}

/** The first centroid is any point. */
// @ts-ignore: decorator
@inline
function first<T>(seed: u64, dim: i32, points: Whole<T>, centroids: Ptr<T>, chosen: Ptr<u32>): void {
  const random = new Random(seed);
  random.at(0);
  const point = <i32>random.below(points.length / dim);
  memory.copy(centroids.at(0), points.at(point * dim), (<usize>dim) << alignof<T>());
  chosen[0] = 1;
}

export function first_float64(seed: u64, dim: i32, points: Whole<f64>, centroids: Ptr<f64>, chosen: Ptr<u32>): void {
  first<f64>(seed, dim, points, centroids, chosen);
}
export function first_float32(seed: u64, dim: i32, points: Whole<f32>, centroids: Ptr<f32>, chosen: Ptr<u32>): void {
  first<f32>(seed, dim, points, centroids, chosen);
}

/** Squared distances to the nearest of the centroids so far, and their sums. */
// @ts-ignore: decorator
@inline
function near<T>(begin: i32, end: i32, dim: i32, points: Whole<T>, centroids: Whole<T>, chosen: Whole<u32>, distances: Blocks<T>, totals: Ptr<f64>): void {
  const count = <i32>chosen[0],
    bytes = (<usize>dim) << alignof<T>(),
    whole = bytes & ~15,
    centroid = centroids.at((count - 1) * dim);
  for (let i = begin; i < end; i++) {
    const distance = distances.block(i);
    let total: f64 = 0,
      point = points.at(i * distances.size * dim);
    for (let j = 0; j < distance.length; j++, point += bytes) {
      let sums = i64x2.splat(0),
        d: usize = 0;
      for (; d < whole; d += 16) sums = addSquare<T>(sums, v128.load(point + d), v128.load(centroid + d));
      let sum = <f64>v128.extract_lane<T>(sums, 0) + <f64>v128.extract_lane<T>(sums, 1);
      if (sizeof<T>() == 4) sum += <f64>v128.extract_lane<T>(sums, 2) + <f64>v128.extract_lane<T>(sums, 3);
      for (; d < bytes; d += sizeof<T>()) {
        const apart = <f64>load<T>(point + d) - <f64>load<T>(centroid + d);
        sum += apart * apart;
      }
      if (count > 1) sum = min(sum, <f64>distance[j]);
      distance[j] = <T>sum;
      total += <f64>distance[j];
    }
    totals[i] = total;
  }
}

export function near_float64(begin: i32, end: i32, size: i32, dim: i32, points: Whole<f64>, centroids: Whole<f64>, chosen: Whole<u32>, distances: Blocks<f64>, totals: Ptr<f64>): void {
  near<f64>(begin, end, dim, points, centroids, chosen, distances, totals);
}
export function near_float32(begin: i32, end: i32, size: i32, dim: i32, points: Whole<f32>, centroids: Whole<f32>, chosen: Whole<u32>, distances: Blocks<f32>, totals: Ptr<f64>): void {
  near<f32>(begin, end, dim, points, centroids, chosen, distances, totals);
}

/** The next centroid: a point, each as likely as its squared distance; any, where all are 0. */
// @ts-ignore: decorator
@inline
function choose<T>(seed: u64, dim: i32, size: i32, points: Whole<T>, distances: Whole<T>, totals: Whole<f64>, centroids: Ptr<T>, chosen: Ptr<u32>): void {
  const random = new Random(seed);
  random.at(chosen[0]);
  let all: f64 = 0;
  for (let i = 0; i < totals.length; i++) all += totals[i];
  let left = random.uniform() * all,
    point = -1;
  if (all > 0 && all < Infinity) {
    let block = -1;
    for (let i = 0; i < totals.length; i++) {
      if (totals[i] == 0) continue;
      block = i;
      if (left < totals[i]) break;
      left -= totals[i];
    }
    for (let i = block * size; i < min((block + 1) * size, distances.length); i++) {
      if (distances[i] == 0) continue;
      point = i;
      if (left < <f64>distances[i]) break;
      left -= <f64>distances[i];
    }
  }
  if (point < 0) point = <i32>random.below(distances.length);
  memory.copy(centroids.at(<i32>chosen[0] * dim), points.at(point * dim), (<usize>dim) << alignof<T>());
  chosen[0]++;
}

export function choose_float64(seed: u64, dim: i32, each: i32, points: Whole<f64>, distances: Whole<f64>, totals: Whole<f64>, centroids: Ptr<f64>, chosen: Ptr<u32>): void {
  choose<f64>(seed, dim, each, points, distances, totals, centroids, chosen);
}
export function choose_float32(seed: u64, dim: i32, each: i32, points: Whole<f32>, distances: Whole<f32>, totals: Whole<f64>, centroids: Ptr<f32>, chosen: Ptr<u32>): void {
  choose<f32>(seed, dim, each, points, distances, totals, centroids, chosen);
}
