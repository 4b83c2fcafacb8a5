/** `allcores/assembly`: what kernels in AssemblyScript import. Compiled by `allcores build` and compileKernels. */
export { Ptr, Whole } from "./own/ptr";
export { Random } from "./own/random";
export { mark, release, scratch } from "./own/scratch";
export { Shared } from "./own/shared";
export { Counter, Event, Lock, Semaphore } from "./own/sync";
