/** What the API refuses: the class of the error, the argument that it names, and that nothing is left of the attempt. */
import {
  AsyncExecutor,
  configureHeap,
  defaultExecutor,
  estimatePi,
  heap,
  inout,
  jsKernel,
  out,
  ProcessExecutor,
  renderFractal,
  SerialExecutor,
  sumUpTo,
  ThreadExecutor,
  toThread,
  UnsupportedError,
  wasmKernel,
} from "allcores";
import { afterEach, describe, expect, it } from "vitest";
import { add, fill, js, KERNELS, type Range, wasm } from "../support/kernels.js";
import { refuses } from "../support/refuses.js";
import { childrenOf, isLinux, threadCount, warmThreadPool } from "../support/system.js";

type ErrorClass = new (message: string) => Error;
/** What is called, the error's class, and the argument that its message names, or the text that is promised. */
type Row = readonly [string, () => unknown, ErrorClass, string | RegExp];

const empty = heap.stats();
await warmThreadPool();
const threads = isLinux ? threadCount() : 0;

afterEach(() => {
  expect(heap.stats()).toEqual(empty);
  expect(defaultExecutor().pending).toBe(0);
  if (!isLinux) return;
  // Nothing was worth a worker.
  expect(threadCount()).toBe(threads);
  expect(childrenOf()).toEqual([]);
});

function table(rows: readonly Row[]): void {
  it.each(rows)("%s", (_, call, Type, what) => refuses(call, Type, what));
}

describe("estimatePi", () => {
  const samples = (value: unknown) => () => estimatePi({ samples: value as number });
  const seed = (value: unknown) => () => estimatePi({ samples: 1000, seed: value as number });
  table([
    ["samples 0", samples(0), RangeError, "samples"],
    ["samples -1", samples(-1), RangeError, "samples"],
    ["samples 1.5", samples(1.5), RangeError, "samples"],
    ["samples NaN", samples(Number.NaN), RangeError, "samples"],
    ["samples Infinity", samples(Infinity), RangeError, "samples"],
    ["samples 2^53", samples(2 ** 53), RangeError, "samples"],
    ["samples as a string", samples("1e9"), TypeError, /^samples .* got "1e9"$/],
    ["samples as a bigint", samples(10n), TypeError, /^samples .* got 10n$/],
    ["no samples", samples(undefined), TypeError, /^samples .* got undefined$/],
    ["seed -1", seed(-1), RangeError, "seed"],
    ["seed 1.5", seed(1.5), RangeError, "seed"],
    ["seed 2^53 as a number", seed(2 ** 53), RangeError, "seed"],
    ["seed 2^64", seed(2n ** 64n), RangeError, "seed"],
    ["seed -1n", seed(-1n), RangeError, "seed"],
    ["seed as a string", seed("42"), TypeError, "seed"],
    ["seed null", seed(null), TypeError, "seed"],
    [
      "no options",
      () => estimatePi(undefined as never),
      TypeError,
      /^options must be an options object, got undefined$/,
    ],
    [
      "a number for options",
      () => estimatePi(1000 as never),
      TypeError,
      /^options must be an options object, got 1000$/,
    ],
  ]);
});

describe("renderFractal", () => {
  const draw = (options: object) => () => renderFractal({ width: 20, height: 10, ...options } as never);
  const region = (re: unknown, im: unknown = [0, 1]) => draw({ region: { re, im } });
  const freed = heap.int32(200);
  heap.free(freed);
  table([
    ["width 0", draw({ width: 0 }), RangeError, "width"],
    ["height 0", draw({ height: 0 }), RangeError, "height"],
    ["width 1.5", draw({ width: 1.5 }), RangeError, "width"],
    ["height -1", draw({ height: -1 }), RangeError, "height"],
    ["width as a string", draw({ width: "20" }), TypeError, "width"],
    ["no height", draw({ height: undefined }), TypeError, "height"],
    ["a picture larger than any heap", draw({ width: 40_000, height: 40_000 }), RangeError, "width * height"],
    ["a picture of 2^53 rows", draw({ height: 2 ** 53 - 1 }), RangeError, "width * height"],
    ["maxIterations 0", draw({ maxIterations: 0 }), RangeError, "maxIterations"],
    ["maxIterations 2^31", draw({ maxIterations: 2 ** 31 }), RangeError, "maxIterations"],
    ["maxIterations NaN", draw({ maxIterations: Number.NaN }), RangeError, "maxIterations"],
    ["maxIterations as a string", draw({ maxIterations: "9" }), TypeError, "maxIterations"],
    ["a region of NaN", region([Number.NaN, 1]), RangeError, "region.re[0]"],
    ["an infinite region", region([0, 1], [0, Infinity]), RangeError, "region.im[1]"],
    ["a region of one end", region([0]), TypeError, "region.re"],
    ["a region of strings", region(["0", "1"]), TypeError, "region.re[0]"],
    ["half a region", draw({ region: { re: [0, 1] } }), TypeError, "region.im"],
    ["a region that is none", draw({ region: 5 }), TypeError, "region"],
    [
      "an unknown kind",
      draw({ kind: "newton" }),
      RangeError,
      /^kind must be one of "mandelbrot", "julia", "burning-ship", "multibrot", "tricorn", got "newton"$/,
    ],
    ["a kind that is no string", draw({ kind: 1 }), TypeError, "kind"],
    ["Julia without c", draw({ kind: "julia" }), TypeError, "c"],
    ["Julia with half a c", draw({ kind: "julia", c: { re: 1 } }), TypeError, /^c must be .*re, im.* without im$/],
    ["Julia with c as a pair", draw({ kind: "julia", c: [1, 2] }), TypeError, /^c must be .*array of 2 without re$/],
    ["Julia with c of strings", draw({ kind: "julia", c: { re: "1", im: 0 } }), TypeError, "c.re"],
    ["Julia with c NaN", draw({ kind: "julia", c: { re: Number.NaN, im: 0 } }), RangeError, "c.re"],
    ["c for another kind", draw({ kind: "tricorn", c: { re: 1, im: 0 } }), TypeError, /only, not for kind "tricorn"$/],
    ["c for no kind", draw({ c: { re: 1, im: 0 } }), TypeError, /^c is for kind "julia" only, .*"mandelbrot"$/],
    [
      "multibrot without power",
      draw({ kind: "multibrot" }),
      TypeError,
      /^power must be a whole number from 3 to 8 for kind "multibrot", got undefined$/,
    ],
    ["power 2", draw({ kind: "multibrot", power: 2 }), RangeError, /^power must be a whole number from 3 to 8, got 2$/],
    ["power 9", draw({ kind: "multibrot", power: 9 }), RangeError, "power"],
    ["power 3.5", draw({ kind: "multibrot", power: 3.5 }), RangeError, "power"],
    ["power as a string", draw({ kind: "multibrot", power: "3" }), TypeError, "power"],
    ["power for another kind", draw({ kind: "burning-ship", power: 3 }), TypeError, "power"],
    ["power for no kind", draw({ power: 3 }), TypeError, /^power is for kind "multibrot" only, got 3 .*"mandelbrot"$/],
    ["an unknown output", draw({ output: "angle" }), RangeError, "output"],
    ["an output that is no string", draw({ output: 1 }), TypeError, "output"],
    [
      "the ship's distance",
      draw({ kind: "burning-ship", output: "distance" }),
      UnsupportedError,
      /^output .* derivative/,
    ],
    [
      "the tricorn's distance",
      draw({ kind: "tricorn", output: "distance" }),
      UnsupportedError,
      /^output .* derivative/,
    ],
    ["shortcuts as a number", draw({ shortcuts: 0 }), TypeError, /^shortcuts must be a boolean, got 0$/],
    ["shortcuts as a string", draw({ shortcuts: "no" }), TypeError, /^shortcuts must be a boolean, got "no"$/],
    [
      "out of counts for smooth values",
      withHeap((scope) => draw({ output: "smooth", out: scope.int32(200) })),
      TypeError,
      /^out must be a Float32Array made by heap\.float32, got Int32Array\(200\)$/,
    ],
    [
      "out of floats for counts",
      withHeap((scope) => draw({ out: scope.float32(200) })),
      TypeError,
      /^out must be an Int32Array made by heap\.int32, got Float32Array\(200\)$/,
    ],
    [
      "out of doubles for distances",
      withHeap((scope) => draw({ output: "distance", out: scope.float64(200) })),
      TypeError,
      "out",
    ],
    [
      "out of floats off the heap",
      draw({ output: "distance", out: new Float32Array(200) }),
      TypeError,
      /^out must be a Float32Array .* an ordinary Float32Array\(200\)$/,
    ],
    [
      "out of floats too short",
      withHeap((scope) => draw({ output: "smooth", out: scope.float32(199) })),
      RangeError,
      /^out must have .* 200 .* 199$/,
    ],
    [
      "out too short",
      withHeap((scope) => draw({ out: scope.int32(199) })),
      RangeError,
      /^out must have .* 200 .* 199$/,
    ],
    ["out too long", withHeap((scope) => draw({ out: scope.int32(201) })), RangeError, "out"],
    ["out of another type", withHeap((scope) => draw({ out: scope.uint32(200) })), TypeError, "out"],
    ["out off the heap", draw({ out: new Int32Array(200) }), TypeError, /^out .* an ordinary Int32Array\(200\)$/],
    ["out on other shared memory", draw({ out: new Int32Array(new SharedArrayBuffer(800)) }), TypeError, "out"],
    ["out freed", draw({ out: freed }), RangeError, "out"],
    ["out that is no array", draw({ out: {} }), TypeError, "out"],
  ]);
});

/** A call with arrays that are freed after it. */
function withHeap(make: (scope: ReturnType<typeof heap.scope>) => () => unknown): () => Promise<unknown> {
  return async () => {
    using scope = heap.scope();
    return await make(scope)();
  };
}

describe("sumUpTo", () => {
  table([-1, 1.5, Number.NaN, 2 ** 32 + 1].map((n): Row => [`n ${n}`, () => sumUpTo(n), RangeError, "n"]));
  table([
    ["n as a bigint", () => sumUpTo(10n as never), TypeError, "n"],
    ["n as a string", () => sumUpTo("10" as never), TypeError, "n"],
    ["options that are none", () => sumUpTo(10, 5 as never), TypeError, "options"],
  ]);
});

describe("options that all computations take", () => {
  const calls: [string, (options: object) => Promise<unknown>][] = [
    ["estimatePi", (options) => estimatePi({ samples: 1e8, ...options })],
    ["renderFractal", (options) => renderFractal({ width: 1000, height: 1000, ...options })],
    ["sumUpTo", (options) => sumUpTo(1e8, options)],
  ];
  const options: [string, object, ErrorClass, string | RegExp][] = [
    ["an executor by name", { executor: "threads" }, TypeError, /^executor must be an executor .* got "threads"$/],
    ["an executor class", { executor: ThreadExecutor }, TypeError, "executor"],
    ["null for an executor", { executor: null }, TypeError, "executor"],
    ["a signal that is none", { signal: { aborted: false } }, TypeError, "signal"],
    ["onProgress that is no function", { onProgress: true }, TypeError, /^onProgress must be a function, got true$/],
  ];
  table(
    calls.flatMap(([name, call]) =>
      options.map(([what, given, Type, message]): Row => [`${name}: ${what}`, () => call(given), Type, message]),
    ),
  );
});

describe("executors", () => {
  const classes = [ThreadExecutor, ProcessExecutor, AsyncExecutor] as const;
  table(
    classes.flatMap((Class): Row[] => [
      ...[0, -1, 1.5, Number.NaN, 2000].map(
        (workers): Row => [`${Class.name}: ${workers} workers`, () => new Class({ workers }), RangeError, "workers"],
      ),
      [`${Class.name}: "2" workers`, () => new Class({ workers: "2" as never }), TypeError, "workers"],
      [`${Class.name}: a number for options`, () => new Class(2 as never), TypeError, "options"],
    ]),
  );
  table([
    [
      'ThreadExecutor: "no" for callerRuns',
      () => new ThreadExecutor({ callerRuns: "no" as never }),
      TypeError,
      "callerRuns",
    ],
  ]);
  table([
    ["SerialExecutor: yield 5", () => new SerialExecutor({ yield: 5 as never }), TypeError, "yield"],
    ["configureHeap without options", () => (configureHeap as () => void)(), TypeError, "options"],
    ["configureHeap with a string", () => configureHeap({ bytes: "1GiB" as never }), TypeError, "bytes"],
    ["toThread with a function", () => toThread(Math.max as never, [] as never), TypeError, "kernel"],
  ]);

  it.each<[string, RegExp]>([
    ["0", /^ALLCORES_WORKERS must be a whole number from 1 to 1024, got 0$/],
    ["many", /^ALLCORES_WORKERS must be a whole number/],
    ["1.5", /^ALLCORES_WORKERS must be a whole number/],
  ])("ALLCORES_WORKERS=%s", (setting, message) => {
    process.env.ALLCORES_WORKERS = setting;
    try {
      expect(() => new ThreadExecutor()).toThrow(RangeError);
      expect(() => new ThreadExecutor()).toThrow(message);
      process.env.ALLCORES_WORKERS = "3";
      expect(new ThreadExecutor().concurrency).toBe(3);
    } finally {
      delete process.env.ALLCORES_WORKERS;
    }
  });
});

describe("kernel handles", () => {
  table([
    [
      "a relative URL",
      () => jsKernel("./kernels.mjs", "add"),
      TypeError,
      /^url must be a URL.* got "\.\/kernels\.mjs"$/,
    ],
    ["no URL", () => jsKernel(undefined as never, "add"), TypeError, "url"],
    ["no name", () => jsKernel(KERNELS, undefined as never), TypeError, "name"],
    ["an empty name", () => jsKernel(KERNELS, ""), TypeError, "name"],
    ["a Wasm source that is none", () => wasmKernel(5 as never, "add"), TypeError, "source"],
    ["a Wasm path", () => wasmKernel("kernel.wasm", "add"), TypeError, "source"],
  ]);
});

describe.each([
  ["serial", () => new SerialExecutor()],
  ["threads", () => new ThreadExecutor({ workers: 2 })],
  ["processes", () => new ProcessExecutor({ workers: 2 })],
  ["async", () => new AsyncExecutor({ workers: 2 })],
] as const)("parallelFor on %s", (_, make) => {
  const range = (args: unknown[], n = 10, options?: object) =>
    make().parallelFor(fill as never, n, args as never, options as never);
  const scale = js<Range<[Float64Array, Float64Array, number]>>("scale");
  const freed = heap.float64(10);
  heap.free(freed);
  table([
    ["an array off the heap", () => range([new Float64Array(10)]), TypeError, /^args\[0\] must lie on the shared heap/],
    [
      "one of two off the heap",
      withHeap((scope) => () => make().parallelFor(scale, 10, [scope.float64(10), new Float64Array(10), 2])),
      TypeError,
      /^args\[1\] must lie on the shared heap, got an ordinary Float64Array\(10\)/,
    ],
    [
      "a DataView",
      () => range([new DataView(new ArrayBuffer(8))]),
      TypeError,
      /^args\[0\] must lie on the shared heap/,
    ],
    ["a freed array", () => range([freed]), RangeError, "args[0]"],
    [
      "a kernel of Wasm with an array for a number",
      withHeap(
        (scope) => () =>
          make().parallelFor(wasm("saxpy"), 10, [scope.float32(10), scope.float32(10), scope.float32(1)]),
      ),
      TypeError,
      "args[2]",
    ],
    ["too few arguments for Wasm", () => make().parallelFor(wasm("saxpy"), 10, []), TypeError, "args"],
    ["n as a bigint", () => range([], 10n as never), TypeError, "n"],
    ["n of -1", () => range([], -1), RangeError, "n"],
    ["n of 2^53", () => range([], 2 ** 53), RangeError, "n"],
    ["a grain of 0", () => range([], 10, { grain: 0 }), RangeError, "grain"],
    ["a grain of 1.5", () => range([], 10, { grain: 1.5 }), RangeError, "grain"],
    ["a grain that is no number", () => range([], 10, { grain: "1" }), TypeError, "grain"],
    ["options that are none", () => range([], 10, 5 as never), TypeError, "options"],
    ["a function for a kernel", () => make().parallelFor((() => {}) as never, 1), TypeError, "kernel"],
    ["a job that is none", () => make().run(5 as never), TypeError, "job"],
    ["a call with a function", () => make().submit(add, [1, (() => {}) as never]), TypeError, "args[1]"],
  ]);
});

describe("roles of arrays, where they matter", () => {
  it.each([
    ["out", out],
    ["inout", inout],
  ] as const)("%s asks for whole items", async (role, mark) => {
    await using executor = new ProcessExecutor({ workers: 1 });
    using scope = heap.scope();
    const call = () => executor.parallelFor(fill, 10, [mark(scope.float64(15))]);
    await refuses(call, RangeError, new RegExp(`^args\\[0\\] is marked ${role}, .*multiple of n = 10, got 15$`));
  });
});
