/** `allcores/arrays`: ready-made computations over typed arrays, on every core. */

export type { ArraysOptions, Out } from "./arrays/call.js";
export { convolve } from "./arrays/convolve.js";
export { cummax, cummin, cumsum } from "./arrays/cumsum.js";
export { type Description, describe } from "./arrays/describe.js";
export { fft, ifft, irfft, rfft } from "./arrays/fft.js";
export { type Histogram, type HistogramOptions, histogram } from "./arrays/histogram.js";
export { type Clusters, type KmeansOptions, kmeans } from "./arrays/kmeans.js";
export { matmul } from "./arrays/matmul.js";
export { type Metric, type NearestOptions, type Neighbours, nearest } from "./arrays/nearest.js";
export { type NearestTexts, nearestTexts, type TextMetric, type TextOptions } from "./arrays/nearest-texts.js";
export { type NestedPolygons, type Polygons, pointsInPolygons } from "./arrays/points-in-polygons.js";
export { median, quantile } from "./arrays/quantile.js";
export { type QuantizedRows, quantize } from "./arrays/quantize.js";
export type { RandomOptions } from "./arrays/random.js";
export * as random from "./arrays/random.js";
export { argsort, sort } from "./arrays/sort.js";
export { dot, norm, sum } from "./arrays/sum.js";
export { transpose } from "./arrays/transpose.js";
export type { Float, Int, Key, Numbers, Plain, Same, Seed } from "./arrays/types.js";
export { Vectors, type VectorsOptions } from "./arrays/vectors.js";
export { loadNpy, saveNpy } from "./memory/npy.js";
