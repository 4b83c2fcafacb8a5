/** allcores: fast WebAssembly kernels on every core, without blocking the event loop. */

export type { FractalOptions, FractalResult, PiOptions, PiResult } from "./compute.js";
export { estimatePi, renderFractal, sumUpTo } from "./compute.js";
export type { ComputeOptions } from "./compute-options.js";
export {
  AllcoresError,
  BrokenBarrierError,
  BrokenPoolError,
  ClusterError,
  CompileError,
  ExecutionFailedError,
  KernelError,
  MemoryError,
  NotHeldError,
  OwnerDiedError,
  QueueEmptyError,
  QueueFullError,
  ShutdownError,
  UnsupportedError,
  WorkerCrashedError,
} from "./errors.js";
export { asCompleted, type Completion } from "./executors/as-completed.js";
export { AsyncExecutor, toThread } from "./executors/async.js";
export { defaultExecutor } from "./executors/default.js";
export type { Executor } from "./executors/executor.js";
export type {
  AccumulateOptions,
  Capabilities,
  ExecutorKind,
  MapOptions,
  RangeOptions,
  ReduceOptions,
} from "./executors/options.js";
export { ProcessExecutor } from "./executors/processes.js";
export { SerialExecutor, type SerialOptions } from "./executors/serial.js";
export { ThreadExecutor, type ThreadExecutorOptions } from "./executors/threads.js";
export type { Future, FutureState } from "./job/future.js";
export {
  type AccArgs,
  type AnyFunction,
  jsKernel,
  type Kernel,
  type RangeArgs,
  type Untyped,
  wasmKernel,
} from "./job/handles.js";
export type { Job, JobResult } from "./job/job.js";
export { inout, input, out, temp } from "./job/roles.js";
export { repeat, type Step, step } from "./job/steps.js";
export type { Complex, FractalKind, FractalOutput, Region } from "./kernels/fractal-options.js";
export type { Cover } from "./kernels/kernel.js";
export { configureHeap, type ElementType, type HeapArray } from "./memory/heap.js";
export type { LoadOptions } from "./memory/load.js";
export type { Source, Target } from "./memory/places.js";
export type { Texts } from "./memory/texts.js";
export { type Heap, type HeapScope, heap } from "./memory/user-heap.js";
export { machine, type WorkerOptions } from "./pool/cores.js";
export type { Progress, RunOptions, SubmitOptions } from "./run-options.js";
export { TaskGroup, type TaskGroupOptions } from "./tasks/task-group.js";
export { type TimeLimit, timeout } from "./tasks/timeout.js";
