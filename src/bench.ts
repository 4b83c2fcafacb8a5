/** `allcores/bench`: compare your functions, or the built-in kernels with their twins in plain JS and in plain Wasm. */
import * as loops from "./arrays/twins/index.js";
import { type Computations, computations } from "./compute.js";

export { asReport, compareWithBaseline } from "./bench/baseline.js";
export type { Bench, BenchSize, Peer, PeerSource, Work } from "./bench/bench-file.js";
export { type CaseFileOptions, compareFile, type FirstCallOptions, firstCalls } from "./bench/case-file.js";
export { compare } from "./bench/compare.js";
export { measureDispatch } from "./bench/dispatch.js";
export { type EventLoopDelay, eventLoopDelay } from "./bench/event-loop.js";
export type { Check, WrongCase } from "./bench/gate.js";
export { describeMachine, type MachineDescription } from "./bench/machine.js";
export type { Cases, CompareOptions, CompareProgress, ValueOf } from "./bench/options.js";
export type { Ratio, Verdict } from "./bench/ratio.js";
export { renderHtml } from "./bench/render/html.js";
export { renderMarkdown } from "./bench/render/markdown.js";
export { renderText, type TextOptions } from "./bench/render/text.js";
export type {
  BaselineReport,
  BenchReport,
  CaseReport,
  CaseTraits,
  Change,
  CheckReport,
  CompareReport,
  Comparison,
  DispatchReport,
  DoneComparison,
  EventLoopReport,
  FirstCallReport,
  NoiseReport,
  ReportHead,
  SavedReport,
  WrongComparison,
} from "./bench/report.js";
export { SCHEMA_VERSION } from "./bench/report.js";
export type { Warming } from "./bench/sampler.js";
export {
  type AmdahlFit,
  fitScaling,
  type Scaling,
  type ScalingPoint,
  type ScalingTime,
  type UslFit,
} from "./bench/scaling.js";
export type { Summary } from "./bench/statistics.js";
export { type Case, OwnTime } from "./bench/subject.js";
export type { Computations };

/** The same computations over plain JS: what a good JS programmer would write, on whichever executor. */
export const twins: Computations = computations("js");

/**
 * The twins ported to AssemblyScript as they are, without SIMD and shortcuts: what Wasm brings by itself, beside what the
 * kernels make of it. Results are those of `twins`, pi's hits included. Only pi, sums, and counts of Mandelbrot and Julia
 * sets: another `kind` or `output` is an UnsupportedError.
 */
export const scalar: Computations = computations("scalar");

/** The verbs of `allcores/arrays` as plain loops: what a good JS programmer would write, on the calling thread. */
export { loops };
