/** The verbs of `allcores/arrays` as plain loops over ordinary arrays, on the calling thread: what to measure them against. */
export { convolve } from "./convolve.js";
export { cummax, cummin, cumsum } from "./cumsum.js";
export { describe } from "./describe.js";
export { fft, ifft, irfft, rfft } from "./fft.js";
export { histogram } from "./histogram.js";
export { kmeans } from "./kmeans.js";
export { matmul } from "./matmul.js";
export { nearest } from "./nearest.js";
export { nearestTexts } from "./nearest-texts.js";
export { pointsInPolygons } from "./points-in-polygons.js";
export { median, quantile } from "./quantile.js";
export { quantize } from "./quantize.js";
export * as random from "./random.js";
export { argsort, sort } from "./sort.js";
export { dot, norm, sum } from "./sum.js";
export { transpose } from "./transpose.js";
