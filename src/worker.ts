/** `allcores/worker`: for JS kernels, in whatever thread or process they run. */

export { isCancelled } from "./worker/current-call.js";
export { isKernelThread } from "./worker/kernel-thread.js";
export { transfer } from "./worker/transfer.js";
