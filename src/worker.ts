/** `allcores/worker`: for JS kernels, in whatever thread or process they run. */
export { isCancelled } from "./executors/current.js";
export { isKernelThread } from "./executors/kernel-thread.js";
export { transfer } from "./executors/transfer.js";
