/** `allcores/compile`: the user's kernels in AssemblyScript. Compiling needs the optional package `assemblyscript`. */

export { type BuildInput, type BuildOptions, type BuildResult, buildKernels } from "./compile/build.js";
export { compileKernels, type Kernels } from "./compile/kernels.js";
export type { CompileOptions } from "./compile/options.js";
