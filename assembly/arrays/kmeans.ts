/**
 * Steps of k-means. Centroids are packed into panels of 32 bytes a coordinate, so that lanes are centroids: the distance to
 * each is added up over the coordinates in order, in the points' type.
 */
import { Blocks, Ptr, Rows, scratch, Whole } from "allcores/assembly";
import { pair } from "./lib/pairs";
import { addSquare, splat, wide } from "./lib/panels";

/** Of each block of points: squared distances together, points whose label changed, the greatest distance, and whose. */
const WIDTH: i32 = 4;

/** Centroids that are missing in the last panel are infinitely far away. */
// @ts-ignore: decorator
@inline
function pack<T>(begin: i32, end: i32, dim: i32, k: i32, centroids: Whole<T>, panels: Rows<T>): void {
  for (let i = begin; i < end; i++) {
    const to = panels.row(i);
    for (let j = 0; j < wide<T>(); j++) {
      const c = i * wide<T>() + j;
      for (let d = 0; d < dim; d++) to[d * wide<T>() + j] = c < k ? centroids[c * dim + d] : <T>Infinity;
    }
  }
}

export function pack_float64(begin: i32, end: i32, dim: i32, k: i32, centroids: Whole<f64>, panels: Rows<f64>): void {
  pack<f64>(begin, end, dim, k, centroids, panels);
}
export function pack_float32(begin: i32, end: i32, dim: i32, k: i32, centroids: Whole<f32>, panels: Rows<f32>): void {
  pack<f32>(begin, end, dim, k, centroids, panels);
}

/** Keeps the nearest of each lane, and its panel: `nearest` holds two vectors of distances, then two of panels. */
// @ts-ignore: decorator
@inline
function keep<T>(nearest: usize, sum: v128, panel: v128): void {
  const best = v128.load(nearest),
    less = v128.lt<T>(sum, best);
  v128.store(nearest, v128.bitselect(sum, best, less));
  v128.store(nearest, v128.bitselect(panel, v128.load(nearest, 32), less), 32);
}

/** The nearest centroids of four points, lane by lane. */
// @ts-ignore: decorator
@inline
function four<T>(p: usize, q: usize, r: usize, s: usize, dim: i32, panels: usize, count: i32, nearest: usize): void {
  const infinite = sizeof<T>() == 4 ? f32x4.splat(Infinity) : f64x2.splat(Infinity),
    zero = i64x2.splat(0);
  for (let i: usize = 0; i < 256; i += 64) {
    v128.store(nearest + i, infinite);
    v128.store(nearest + i, infinite, 16);
    v128.store(nearest + i, zero, 32);
    v128.store(nearest + i, zero, 48);
  }
  const bytes = (<usize>dim) << alignof<T>();
  let panel = panels;
  for (let i = 0; i < count; i++) {
    let p0 = zero,
      p1 = zero,
      q0 = zero,
      q1 = zero,
      r0 = zero,
      r1 = zero,
      s0 = zero,
      s1 = zero;
    for (let d: usize = 0; d < bytes; d += sizeof<T>(), panel += 32) {
      const x = v128.load(panel),
        y = v128.load(panel, 16);
      let value = splat<T>(p + d);
      p0 = addSquare<T>(p0, value, x);
      p1 = addSquare<T>(p1, value, y);
      value = splat<T>(q + d);
      q0 = addSquare<T>(q0, value, x);
      q1 = addSquare<T>(q1, value, y);
      value = splat<T>(r + d);
      r0 = addSquare<T>(r0, value, x);
      r1 = addSquare<T>(r1, value, y);
      value = splat<T>(s + d);
      s0 = addSquare<T>(s0, value, x);
      s1 = addSquare<T>(s1, value, y);
    }
    const which = sizeof<T>() == 4 ? i32x4.splat(i) : i64x2.splat(i);
    keep<T>(nearest, p0, which);
    keep<T>(nearest + 16, p1, which);
    keep<T>(nearest + 64, q0, which);
    keep<T>(nearest + 80, q1, which);
    keep<T>(nearest + 128, r0, which);
    keep<T>(nearest + 144, r1, which);
    keep<T>(nearest + 192, s0, which);
    keep<T>(nearest + 208, s1, which);
  }
}

// @ts-ignore: decorator
@inline
function bitsOf<T>(at: usize): u64 {
  return sizeof<T>() == 4 ? <u64>load<u32>(at) : load<u64>(at);
}

/** The label of each point, the first of equals, and its squared distance. */
// @ts-ignore: decorator
@inline
function assign<T>(begin: i32, end: i32, dim: i32, points: Whole<T>, panels: Whole<T>, labels: Blocks<u32>, distances: Blocks<T>, parts: Rows<f64>): void {
  const nearest = scratch<u64>(32).at(0),
    count = panels.length / (dim * wide<T>());
  for (let i = begin; i < end; i++) {
    const label = labels.block(i),
      distance = distances.block(i),
      part = parts.row(i),
      first = i * labels.size,
      last = label.length - 1;
    let inertia: f64 = 0,
      changed = 0,
      most: f64 = -1,
      whose = 0;
    for (let j = 0; j <= last; j += 4) {
      const at = first + j,
        beyond = first + last;
      four<T>(points.at(at * dim), points.at(min(at + 1, beyond) * dim), points.at(min(at + 2, beyond) * dim), points.at(min(at + 3, beyond) * dim), dim, panels.at(0), count, nearest);
      for (let point = 0; point < min(4, last + 1 - j); point++) {
        const from = nearest + 64 * point;
        // Distances are no NaNs and have no sign: their bits are in their order, and take no branches.
        let bits = u64.MAX_VALUE,
          found = u32.MAX_VALUE;
        for (let lane = 0; lane < wide<T>(); lane++) bits = min(bits, bitsOf<T>(from + lane * sizeof<T>()));
        for (let lane = 0; lane < wide<T>(); lane++) {
          const which = load<u32>(from + lane * sizeof<T>(), 32) * wide<T>() + lane;
          found = min(found, select<u32>(which, u32.MAX_VALUE, bitsOf<T>(from + lane * sizeof<T>()) == bits));
        }
        const best = sizeof<T>() == 4 ? <T>reinterpret<f32>(<u32>bits) : <T>reinterpret<f64>(bits);
        if (label[j + point] != found) changed++;
        label[j + point] = found;
        distance[j + point] = best;
        inertia += <f64>best;
        if (<f64>best > most) {
          most = <f64>best;
          whose = at + point;
        }
      }
    }
    part[0] = inertia;
    part[1] = changed;
    part[2] = most;
    part[3] = whose;
  }
}

export function assign_float64(begin: i32, end: i32, size: i32, dim: i32, points: Whole<f64>, panels: Whole<f64>, labels: Blocks<u32>, distances: Blocks<f64>, parts: Rows<f64>): void {
  assign<f64>(begin, end, dim, points, panels, labels, distances, parts);
}
export function assign_float32(begin: i32, end: i32, size: i32, dim: i32, points: Whole<f32>, panels: Whole<f32>, labels: Blocks<u32>, distances: Blocks<f32>, parts: Rows<f64>): void {
  assign<f32>(begin, end, dim, points, panels, labels, distances, parts);
}

/** Of each range of `size` points: the sum of each cluster's points and, behind its coordinates, how many there are. */
// @ts-ignore: decorator
@inline
function add_up<T>(begin: i32, end: i32, size: i32, dim: i32, points: Whole<T>, labels: Whole<u32>, sums: Rows<f64>): void {
  for (let i = begin; i < end; i++) {
    const own = sums.row(i),
      last = min((i + 1) * size, labels.length);
    memory.fill(own.at(0), 0, <usize>own.length << 3);
    for (let point = i * size; point < last; point++) {
      const first = <i32>labels[point] * (dim + 1),
        at = point * dim;
      let d = 0;
      for (; d + 2 <= dim; d += 2) v128.store(own.at(first + d), f64x2.add(v128.load(own.at(first + d)), pair<T>(points.at(at), d)));
      if (d < dim) own[first + d] += <f64>points[at + d];
      own[first + dim]++;
    }
  }
}

export function sums_float64(begin: i32, end: i32, each: i32, dim: i32, points: Whole<f64>, labels: Whole<u32>, sums: Rows<f64>): void {
  add_up<f64>(begin, end, each, dim, points, labels, sums);
}
export function sums_float32(begin: i32, end: i32, each: i32, dim: i32, points: Whole<f32>, labels: Whole<u32>, sums: Rows<f64>): void {
  add_up<f32>(begin, end, each, dim, points, labels, sums);
}

/** The means of clusters that have points. */
// @ts-ignore: decorator
@inline
function means<T>(begin: i32, end: i32, dim: i32, k: i32, sums: Whole<f64>, centroids: Rows<T>, counts: Ptr<f64>): void {
  const width = k * (dim + 1);
  for (let i = begin; i < end; i++) {
    const centroid = centroids.row(i);
    let count: f64 = 0;
    for (let at = i * (dim + 1) + dim; at < sums.length; at += width) count += sums[at];
    counts[i] = count;
    if (count == 0) continue;
    for (let d = 0; d < dim; d++) {
      let sum: f64 = 0;
      for (let at = i * (dim + 1) + d; at < sums.length; at += width) sum += sums[at];
      centroid[d] = <T>(sum / count);
    }
  }
}

export function means_float64(begin: i32, end: i32, dim: i32, k: i32, sums: Whole<f64>, centroids: Rows<f64>, counts: Ptr<f64>): void {
  means<f64>(begin, end, dim, k, sums, centroids, counts);
}
export function means_float32(begin: i32, end: i32, dim: i32, k: i32, sums: Whole<f64>, centroids: Rows<f32>, counts: Ptr<f64>): void {
  means<f32>(begin, end, dim, k, sums, centroids, counts);
}

/**
 * Ends an iteration. Each empty cluster takes the point that is farthest from its centroid and not there yet; `state` is how
 * many iterations there were, and the inertia.
 */
// @ts-ignore: decorator
@inline
function settle<T>(dim: i32, size: i32, points: Whole<T>, distances: Ptr<T>, parts: Ptr<f64>, counts: Whole<f64>, centroids: Ptr<T>, state: Ptr<f64>, done: Ptr<i32>): void {
  let inertia: f64 = 0,
    changed: f64 = 0;
  for (let i = 0; i < parts.length; i += WIDTH) {
    inertia += parts[i];
    changed += parts[i + 1];
  }
  for (let c = 0; c < counts.length; c++) {
    if (counts[c] != 0) continue;
    let far = 0;
    for (let i = WIDTH; i < parts.length; i += WIDTH) if (parts[i + 2] > parts[far + 2]) far = i;
    if (!(parts[far + 2] > 0)) break;
    const taken = <i32>parts[far + 3];
    memory.copy(centroids.at(c * dim), points.at(taken * dim), (<usize>dim) << alignof<T>());
    changed++;
    distances[taken] = <T>0;
    parts[far + 2] = 0;
    const first = (far / WIDTH) * size;
    for (let i = first; i < min(first + size, distances.length); i++) {
      if (<f64>distances[i] <= parts[far + 2]) continue;
      parts[far + 2] = <f64>distances[i];
      parts[far + 3] = i;
    }
  }
  done[0] = i32(state[0] > 0 && changed == 0);
  state[0]++;
  state[1] = inertia;
}

export function settle_float64(dim: i32, each: i32, points: Whole<f64>, distances: Ptr<f64>, parts: Ptr<f64>, counts: Whole<f64>, centroids: Ptr<f64>, state: Ptr<f64>, done: Ptr<i32>): void {
  settle<f64>(dim, each, points, distances, parts, counts, centroids, state, done);
}
export function settle_float32(dim: i32, each: i32, points: Whole<f32>, distances: Ptr<f32>, parts: Ptr<f64>, counts: Whole<f64>, centroids: Ptr<f32>, state: Ptr<f64>, done: Ptr<i32>): void {
  settle<f32>(dim, each, points, distances, parts, counts, centroids, state, done);
}

