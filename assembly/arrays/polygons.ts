/**
 * Points in polygons. Edges that are not level lie in bands by y, those of a polygon side by side: a point looks at the edges
 * of its band alone. An edge goes from its lower end, whose y it has, up to and without its upper one, so that two polygons
 * with a common edge compute the same crossing.
 */
import { Ptr, Whole } from "allcores/assembly";

/** Of `shape`: which offset is wrong (1 of rings, 2 of polygons), edges, bands, the least y, the greatest, bands by height. */
const WRONG: i32 = 0;
const EDGES: i32 = 1;
const BANDS: i32 = 2;
const LOW: i32 = 3;
const HIGH: i32 = 4;
const SCALE: i32 = 5;
/** Bands that an edge lies in on average, at most, beside the first. */
const SPREAD: f64 = 8;

// @ts-ignore: decorator
@inline
function bandOf(y: f64, shape: Ptr<f64>): i32 {
  return <i32>min((y - shape[LOW]) * shape[SCALE], shape[BANDS] - 1);
}

function areOffsets(offsets: Whole<u32>, end: u32): bool {
  let last: u32 = 0;
  for (let i = 0; i < offsets.length; i++) {
    if (offsets[i] < last) return false;
    last = offsets[i];
  }
  return last <= end;
}

/** Lists the edges, x and y of the lower end, then of the upper one, and chooses the bands. */
export function edges(coordinates: Whole<f64>, rings: Whole<u32>, polygons: Whole<u32>, ends: Ptr<f64>, owners: Ptr<u32>, shape: Ptr<f64>): void {
  let count = 0,
    low: f64 = Infinity,
    high: f64 = -Infinity,
    heights: f64 = 0;
  shape[WRONG] = 0;
  if (!areOffsets(rings, coordinates.length / 2)) shape[WRONG] = 1;
  else if (!areOffsets(polygons, max(rings.length - 1, 0))) shape[WRONG] = 2;
  else
    for (let polygon = 0; polygon < polygons.length - 1; polygon++)
      for (let ring = polygons[polygon]; ring < polygons[polygon + 1]; ring++) {
        const end = rings[ring + 1];
        for (let vertex = rings[ring]; vertex < end; vertex++) {
          const next = vertex + 1 < end ? vertex + 1 : rings[ring];
          let a = coordinates.at(2 * vertex),
            b = coordinates.at(2 * next);
          if (load<f64>(a, 8) > load<f64>(b, 8)) {
            const other = a;
            a = b;
            b = other;
          }
          const from = load<f64>(a, 8),
            to = load<f64>(b, 8);
          if (!(from < to)) continue;
          v128.store(ends.at(4 * count), v128.load(a));
          v128.store(ends.at(4 * count + 2), v128.load(b));
          owners[count++] = polygon;
          low = min(low, from);
          high = max(high, to);
          heights += to - from;
        }
      }
  shape[EDGES] = count;
  shape[LOW] = low;
  shape[HIGH] = high;
  const bands = max<f64>(1, min<f64>(count, Math.floor((SPREAD * count * (high - low)) / heights)));
  shape[BANDS] = bands < Infinity ? bands : 1;
  shape[SCALE] = shape[BANDS] / (high - low);
}

/** Lists the edges of each band: those of band i are `list[starts[i]]` and on, up to and without `list[starts[i + 1]]`. */
export function bands(ends: Ptr<f64>, shape: Ptr<f64>, starts: Ptr<u32>, list: Ptr<u32>): void {
  const count = <i32>shape[EDGES],
    number = <i32>shape[BANDS];
  memory.fill(starts.at(0), 0, (<usize>number + 2) << 2);
  for (let i = 0; i < count; i++) {
    const last = bandOf(ends[4 * i + 3], shape);
    for (let band = bandOf(ends[4 * i + 1], shape); band <= last; band++) starts[band + 2]++;
  }
  for (let band = 0; band < number; band++) starts[band + 2] += starts[band + 1];
  for (let i = 0; i < count; i++) {
    const last = bandOf(ends[4 * i + 3], shape);
    for (let band = bandOf(ends[4 * i + 1], shape); band <= last; band++) list[starts[band + 1]++] = i;
  }
}

export function find(begin: i32, end: i32, points: Whole<f64>, ends: Whole<f64>, owners: Whole<u32>, shape: Whole<f64>, starts: Whole<u32>, list: Whole<u32>, out: Ptr<i32>): void {
  const low = shape[LOW],
    high = shape[HIGH],
    scale = shape[SCALE],
    last = shape[BANDS] - 1;
  for (let i = begin; i < end; i++) {
    const x = points[2 * i],
      y = points[2 * i + 1];
    let found = -1;
    if (y >= low && y < high) {
      const band = <i32>min((y - low) * scale, last);
      let owner = -1,
        isIn = false;
      for (let at = starts[band]; at < starts[band + 1]; at++) {
        const edge = list[at],
          e = ends.at(4 * edge);
        if (<i32>owners[edge] != owner) {
          if (isIn) break;
          owner = owners[edge];
        }
        const from = load<f64>(e, 8),
          to = load<f64>(e, 24);
        if (y < from || y >= to) continue;
        const left = load<f64>(e);
        if (x < left + ((y - from) / (to - from)) * (load<f64>(e, 16) - left)) isIn = !isIn;
      }
      if (isIn) found = owner;
    }
    out[i] = found;
  }
}
