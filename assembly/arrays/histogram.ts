/** How many numbers lie between neighbours of sorted edges. */
import { Acc, Ptr, Whole } from "allcores/assembly";

/** The bin of a value that lies between the first and the last edge; the last bin has its end. */
// @ts-ignore: decorator
@inline
function binOf(value: f64, edges: Whole<f64>, bins: i32, isEven: bool): i32 {
  let bin: i32;
  if (isEven) {
    // Rounding may put it beside its bin: edges decide.
    bin = min(bins - 1, <i32>(((value - edges[0]) / (edges[bins] - edges[0])) * <f64>bins));
    while (bin > 0 && value < edges[bin]) bin--;
    while (bin < bins - 1 && value >= edges[bin + 1]) bin++;
    return bin;
  }
  let low = 0,
    high = bins;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle + 1] <= value) low = middle + 1;
    else high = middle;
  }
  return min(low, bins - 1);
}

/** The bins, and behind them how many are outside, and NaN. */
// @ts-ignore: decorator
@inline
function histogram<T>(begin: i32, end: i32, isEven: bool, x: Ptr<T>, edges: Whole<f64>, counts: Acc<u32>): void {
  const bins = edges.length - 1,
    low = edges[0],
    high = edges[bins];
  for (let i = begin; i < end; i++) {
    const value = <f64>x[i];
    if (value >= low && value <= high) counts[binOf(value, edges, bins, isEven)]++;
    else counts[value == value ? bins : bins + 1]++;
  }
}

export function float64(begin: i32, end: i32, isEven: bool, x: Ptr<f64>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<f64>(begin, end, isEven, x, edges, counts);
}
export function float32(begin: i32, end: i32, isEven: bool, x: Ptr<f32>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<f32>(begin, end, isEven, x, edges, counts);
}
export function int32(begin: i32, end: i32, isEven: bool, x: Ptr<i32>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<i32>(begin, end, isEven, x, edges, counts);
}
export function uint32(begin: i32, end: i32, isEven: bool, x: Ptr<u32>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<u32>(begin, end, isEven, x, edges, counts);
}
export function int16(begin: i32, end: i32, isEven: bool, x: Ptr<i16>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<i16>(begin, end, isEven, x, edges, counts);
}
export function uint16(begin: i32, end: i32, isEven: bool, x: Ptr<u16>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<u16>(begin, end, isEven, x, edges, counts);
}
export function int8(begin: i32, end: i32, isEven: bool, x: Ptr<i8>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<i8>(begin, end, isEven, x, edges, counts);
}
export function uint8(begin: i32, end: i32, isEven: bool, x: Ptr<u8>, edges: Whole<f64>, counts: Acc<u32>): void {
  histogram<u8>(begin, end, isEven, x, edges, counts);
}
