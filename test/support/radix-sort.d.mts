import type { HeapScope, Kernel, Step } from "allcores";

type Range = (begin: number, end: number, ...args: never[]) => void;

export interface RadixKernels {
  readonly toKeys: Kernel<Range>;
  readonly toDoubles: Kernel<Range>;
  readonly count: Kernel<Range>;
  readonly scatter: Kernel<Range>;
}
export const RADIX_SORT: URL;
export function sortSteps(kernels: RadixKernels, x: Float64Array, scope: HeapScope): Step[];
