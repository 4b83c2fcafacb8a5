/** The verbs of `allcores/arrays` as plain loops over ordinary arrays, on the calling thread: what to measure them against. */
export { dot, norm, sum } from "./sum.js";
