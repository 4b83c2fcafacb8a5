/** `allcores/assembly`: what kernels in AssemblyScript import. Compiled by `allcores build` and compileKernels. */
export { Ptr, Whole } from "./own/ptr";
