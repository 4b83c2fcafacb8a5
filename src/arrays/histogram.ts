/** Histograms: each chunk counts in bins of its own, which are added up. */
import { elementType, type HeapArray } from "../memory/heap.js";
import { finiteNumber, show, wholeNumber } from "../validate.js";
import { type ArraysOptions, kernel, withCall } from "./call.js";
import { describeOnHeap } from "./describe.js";
import { NUMBERS, type Numbers } from "./types.js";

/** How many numbers lie in each bin. */
export interface Histogram {
  readonly counts: Uint32Array<ArrayBuffer>;
  /** One more than bins. */
  readonly edges: Float64Array<ArrayBuffer>;
  /** How many lie before the first edge or behind the last. */
  readonly outside: number;
  readonly nans: number;
}

/** Which bins there are. */
export interface HistogramOptions extends ArraysOptions {
  /** How many of one width, or all edges, in order. */
  readonly bins: number | readonly number[];
  /** From where to where the bins go; default: the least and the greatest number. Not with edges. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

const MAX_BINS = 2 ** 20;

/**
 * Counts numbers in bins. Each bin has its lower edge, the last one both. Where all numbers are equal, or there are none, the
 * default range is half to each side, or from 0 to 1.
 * @returns rejects with a TypeError or RangeError that names the argument (numbers that are infinite have no default range),
 *   or the signal's reason
 */
export function histogram(x: Numbers, options: HistogramOptions): Promise<Histogram> {
  return withCall(options, ["bins", "range"], async (call) => {
    const { bins, range } = options;
    const isList = typeof bins !== "number";
    const given = isList ? checkedEdges(bins, range) : undefined;
    if (!isList) wholeNumber("bins", bins, 1, MAX_BINS);
    if (range !== undefined) checkRange(range);
    const on = await call.input("x", x, NUMBERS);
    const type = elementType(x) as string;
    let edges = given;
    if (!edges) {
      const { count, min, max } = range ? { count: 1, min: range[0], max: range[1] } : await describeOnHeap(call, on);
      edges = evenEdges(bins as number, count === 0 ? 0 : min, count === 0 ? 1 : max);
    }
    const all = edges.length + 1;
    const out: HeapArray<"uint32"> = call.temporary("uint32", all);
    const args = { isEven: !isList, x: on, edges: call.staged("float64", edges) };
    await call.reduce(kernel("histogram", type), on.length, args, { out, combine: "sum" });
    const counts = await call.copied<"uint32">(out);
    const [outside = 0, nans = 0] = counts.subarray(all - 2);
    return { counts: counts.slice(0, all - 2), edges, outside, nans };
  });
}

function checkedEdges(bins: unknown, range: unknown): Float64Array<ArrayBuffer> {
  if (!Array.isArray(bins) && !ArrayBuffer.isView(bins))
    throw new TypeError(`bins must be how many, or an array of edges, got ${show(bins)}`);
  if (range !== undefined) throw new TypeError("range must not be given with edges, which say it");
  const edges = Float64Array.from(bins as readonly number[]);
  wholeNumber("the number of edges", edges.length, 2, MAX_BINS + 1);
  for (const [i, edge] of edges.entries()) {
    finiteNumber(`bins[${i}]`, (bins as readonly unknown[])[i]);
    if (i > 0 && !((edges[i - 1] as number) < edge))
      throw new RangeError(`bins must be edges in ascending order, got ${edges[i - 1]} before ${edge}`);
  }
  return edges;
}

function checkRange(range: unknown): void {
  if (!Array.isArray(range) || range.length !== 2) throw new TypeError(`range must be [low, high], got ${show(range)}`);
  const [low, high] = [finiteNumber("range[0]", range[0]), finiteNumber("range[1]", range[1])];
  if (low > high) throw new RangeError(`range must be [low, high], got [${low}, ${high}]`);
}

/** As NumPy's linspace, with the ends as they are. A range that overflows has no edges. */
function evenEdges(bins: number, min: number, max: number): Float64Array<ArrayBuffer> {
  const [low, high] = min === max ? [min - 0.5, max + 0.5] : [min, max];
  const step = (high - low) / bins;
  if (!Number.isFinite(step))
    throw new RangeError(`range must be one whose width is finite: it goes from ${min} to ${max}`);
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => low + i * step);
  edges[bins] = high;
  return edges;
}
