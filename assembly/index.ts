/** `allcores/assembly`, for kernels in AssemblyScript, which `allcores build` and compileKernels compile. */
export { Acc } from "./library/acc";
export { Ptr, Whole } from "./library/ptr";
export { Random } from "./library/random";
export { Blocks, Rows } from "./library/rows";
export { mark, release, scratch } from "./library/scratch";
export { Shared } from "./library/shared";
export { Counter, Event, Lock, Semaphore } from "./library/sync";
export { Texts } from "./library/texts";
