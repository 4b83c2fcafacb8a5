/** `allcores/worker`: for JS kernels, in whatever thread or process they run. */

export { isKernelThread } from "./pool/kernel-thread.js";
export { isCancelled } from "./worker/current-call.js";
export { transfer } from "./worker/transfer.js";
