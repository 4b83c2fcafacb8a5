/**
 * What a built-in kernel is to the rest of the package: where its code lies, what a call of it asks of an executor
 * (the plan), and how the partial values become a result. Parameters in, plain data out: no memory, no executor.
 */

/**
 * Which elements of an array the items of a range cover, for arrays that are not one equal part an item. Item i starts
 * at element `floor(i / itemsPerRow) * rowLength + (i % itemsPerRow) * itemLength` and ends where item i + 1 starts, so
 * consecutive items cover consecutive elements.
 */
export interface Cover {
  readonly itemsPerRow: number;
  readonly rowLength: number;
  readonly itemLength: number;
}

/** What one call of a built-in kernel asks of an executor. */
export interface Plan {
  /** The file of this export, for a kernel whose exports lie in several files. Default: the kernel's `file`. */
  readonly file?: string;
  /** The export to call, in the kernel's Wasm module and in its twin alike. */
  readonly name: string;
  /** Items of the range, and how many of them make a chunk (at most about 5 ms of work). */
  readonly n: number;
  readonly grain: number;
  /** Arguments after `(begin, end)`, or after `(begin, end, out)` where there is an output. */
  readonly args: readonly (number | bigint)[];
  /** "sum": calls return exact integers (a number or a bigint), added up. "none": the kernel writes into its output. */
  readonly partial: "none" | "sum";
  /** Expected time on one core in ms, to within a factor of five: small jobs are not worth sending anywhere. */
  readonly cost: number;
  /** Bytes of scratch memory that each worker gives the Wasm kernel, as a pointer in the last place. Default: none. */
  readonly scratch?: number;
  /** The array that the kernel fills, passed as the first argument after `(begin, end)`. */
  readonly output?: { readonly type: "int32" | "float32"; readonly length: number; readonly cover: Cover };
}

/** A built-in kernel: `file` names `<file>.wasm` and the JS twin `<file>.twin.js` in this folder. */
export interface BuiltinKernel<Options, Prepared extends { readonly plan: Plan }> {
  readonly file: string;
  /** Checks the options (TypeError, RangeError naming the argument) and lays out the work. */
  prepare(options: Options): Prepared;
}

/** What a kernel takes before its scratch memory. */
export type BeforeScratch<Args> = Args extends [...infer Rest, scratch: number] ? Rest : never;

/** What a range kernel takes after `(begin, end)`: a plan's `args` are checked against it, compiled kernel and twin. */
export type KernelArgs<F> = F extends (begin: number, end: number, ...args: infer Args) => unknown ? Args : never;

/** What a range kernel with an output takes after `(begin, end, out)`. */
export type OutputKernelArgs<F> = F extends (begin: number, end: number, out: never, ...args: infer Args) => unknown
  ? Args
  : never;
