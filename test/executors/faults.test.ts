/** Kernels that fail: one typed error, the same on every executor, and the next job works. */
import { heap, jsKernel, type Kernel, KernelError, UnsupportedError, type Untyped, wasmKernel } from "allcores";
import { describe, expect, inject, it } from "vitest";
import { add, BROKEN, bytesOf, js, MISSING, pure, type Range, wasm } from "../support/kernels.js";
import { executors, shared } from "./all.js";

interface Failure {
  readonly kernel: () => Kernel<Untyped>;
  readonly args?: unknown[];
  readonly message: RegExp;
  readonly cause: unknown;
}

const failures: Record<string, Failure> = {
  "an error of the language": {
    kernel: () => js("fail"),
    args: ["why not"],
    message: /^fail \(file:.*kernels\.mjs\) failed: RangeError: why not$/,
    cause: { name: "RangeError", message: "why not", code: "ERR_TEST", detail: { answer: 42 } },
  },
  "an error of its own class": {
    kernel: () => js("failOwn"),
    message: /failed: OwnError: of a class of its own$/,
    cause: { name: "OwnError", message: "of a class of its own" },
  },
  "an error with a part that can't be sent": {
    kernel: () => js("failWithMore"),
    message: /failed: Error: more \(left out, since it can't be sent: retry, memory\)$/,
    cause: { message: "more", code: "ERR_MORE" },
  },
  "a rejection": {
    kernel: () => js("rejectLater"),
    message: /failed: TypeError: later$/,
    cause: { name: "TypeError", message: "later" },
  },
  "a string": { kernel: () => js("throwValue"), args: ["text"], message: /failed: it threw text$/, cause: "text" },
  "an object": {
    kernel: () => js("throwValue"),
    args: [{ status: 404 }],
    message: /failed: it threw \[object Object\]$/,
    cause: { status: 404 },
  },
  null: { kernel: () => js("throwValue"), args: [null], message: /failed: it threw null$/, cause: null },
  "a function as result": {
    kernel: () => js("functionResult"),
    message: /returned a value that can't be sent back: DataCloneError: /,
    cause: { name: "DataCloneError" },
  },
  "a detached array as result": {
    kernel: () => js("detachedResult"),
    message: /returned a value that can't be sent back: DataCloneError: /,
    cause: { name: "DataCloneError" },
  },
  "a module that is not there": {
    kernel: () => jsKernel(MISSING, "add"),
    message: /could not be loaded: .*missing\.mjs/,
    cause: { code: "ERR_MODULE_NOT_FOUND" },
  },
  "a module that fails while it is loaded": {
    kernel: () => jsKernel(BROKEN, "add"),
    message: /could not be loaded: SyntaxError: broken on purpose$/,
    cause: { name: "SyntaxError", message: "broken on purpose" },
  },
  "a module without the export": {
    kernel: () => js("missing"),
    message: /could not be loaded: TypeError: .*no function "missing"; it exports .*add/,
    cause: { name: "TypeError" },
  },
  "an export that is no function": {
    kernel: () => js("notAFunction"),
    message: /could not be loaded: TypeError: .*no function "notAFunction"/,
    cause: { name: "TypeError" },
  },
  "a Wasm file that is not there": {
    kernel: () => wasmKernel(new URL("missing.wasm", MISSING), "add"),
    message: /could not be loaded: .*ENOENT/,
    cause: { code: "ENOENT" },
  },
  "a Wasm trap: division by zero": {
    kernel: () => wasm("divide"),
    args: [1, 0],
    message: /^divide .*failed: RuntimeError: divide by zero$/,
    cause: { name: "RuntimeError", message: "divide by zero" },
  },
  "a Wasm trap: out of bounds": {
    kernel: () => wasm("read"),
    args: [-4],
    message: /failed: RuntimeError: memory access out of bounds$/,
    cause: { name: "RuntimeError" },
  },
};

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  describe.each(Object.entries(failures))("%s", (_, { kernel, args = [], message, cause }) => {
    it("is a KernelError with its cause, and the executor goes on", async () => {
      const before = heap.stats();
      const error = await executor.it.submit(kernel(), args).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(KernelError);
      expect(error).toMatchObject({
        name: "KernelError",
        code: "ERR_KERNEL",
        message: expect.stringMatching(message),
        suppressed: [],
      });
      const rebuilt = (error as Error).cause;
      if (typeof cause === "object" && cause !== null) expect(rebuilt).toMatchObject(cause);
      else expect(rebuilt).toBe(cause);
      expect(await executor.it.submit(add, [1, 2])).toBe(3);
      expect(executor.it.pending).toBe(0);
      expect(heap.stats()).toEqual(before);
    });
  });

  it("rebuilds errors of the language as what they are, with the kernel's stack", async () => {
    const error = await executor.it.submit(js("fail"), ["x"]).catch((caught: unknown) => caught);
    const { cause } = error as KernelError;
    expect(cause).toBeInstanceOf(RangeError);
    expect((cause as Error).stack).toMatch(/RangeError: x\n.*fail.*kernels\.mjs/);
  });

  it.each<[string, () => Kernel<Range<[at: number]>>]>([
    ["a JS kernel", () => js("failAt")],
    ["a Wasm kernel", () => wasm("trapAt")],
  ])("stops the whole range when %s fails on one item, and names the items", async (_, kernel) => {
    const job = executor.it.parallelFor(kernel(), 1e6, [400_000], { grain: 10 });
    const error = await job.catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(KernelError);
    const [, begin, end] = /on items \[(\d+), (\d+)\)/.exec((error as Error).message) ?? [];
    expect(Number(begin)).toBeLessThanOrEqual(400_000);
    expect(Number(end)).toBeGreaterThan(400_000);
  });

  it("rejects a fold over values that can't be sent", async () => {
    const job = executor.it.parallelReduce(js<Range<[], number>>("functionOf"), 100, [], {
      initial: 0,
      combine: (a, b) => a + b,
    });
    await expect(job).rejects.toThrow(/returned a value that can't be sent back/);
  });

  it("reports one error, the first, when all items fail; others are in `suppressed`", async () => {
    const job = executor.it.parallelFor(js<Range>("rejectLater"), 1000, [], { grain: 1 });
    const error = (await job.catch((caught: Error) => caught)) as KernelError;
    expect(error).toBeInstanceOf(KernelError);
    expect(error.message).toMatch(/TypeError: later$/);
    for (const other of error.suppressed) expect(other).toBeInstanceOf(KernelError);
  });

  // Serial has no second worker, and processes no memory in which two kernels could wait for each other.
  it.skipIf(row.workers !== "threads")("keeps the second failure of two at the same time", async () => {
    using scope = heap.scope();
    const here = scope.int32(2);
    const job = executor.it.parallelFor(js<Range<[Int32Array]>>("failTogether"), 2, [here], { grain: 1 });
    const error = (await job.catch((caught: unknown) => caught)) as KernelError;
    expect(error).toMatchObject({ name: "KernelError", cause: { message: expect.stringMatching(/^item [01]$/) } });
    expect(error.suppressed).toEqual([expect.objectContaining({ name: "KernelError" })]);
    expect(error.suppressed[0]?.cause).not.toEqual(error.cause);
  });

  it.each<[string, () => Uint8Array | URL, RegExp]>([
    ["bytes that are no module", () => Uint8Array.of(1, 2, 3), /not a valid Wasm module/],
    ["a module cut short", () => bytesOf(inject("shared")).subarray(0, 60), /not a valid Wasm module/],
    ["a file that is no module", () => BROKEN, /not a valid Wasm module/],
  ])("refuses %s with a CompileError", async (_, source, message) => {
    const call = executor.it.submit(wasmKernel(source(), "add"));
    await expect(call).rejects.toMatchObject({ code: "ERR_COMPILE", message: expect.stringMatching(message) });
  });

  it("takes a compiled module, except where it can't be sent", async () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } };
    const kernel = wasmKernel<(a: number, b: number) => number>(new WebAssembly.Module(bytesOf(inject("pure"))), "add");
    const call = executor.it.submit(kernel, [1, 2]);
    if (row.shares) expect(await call).toBe(3);
    else await expect(call).rejects.toThrow(UnsupportedError);
    const fromBytes = wasmKernel<(a: number, b: number) => number>(bytesOf(inject("pure")), "add");
    expect(await executor.it.submit(fromBytes, [1, 2])).toBe(3);
  });

  describe("inside a kernel", () => {
    it.each<[string, string]>([
      ["allocating", "allocate"],
      ["drawing a picture, which allocates,", "allocatePicture"],
      ["making a pool", "makePool"],
    ])("%s is refused", async (_, name) => {
      const call = executor.it.submit(js(name)).catch((caught: Error) => caught);
      if (row.workers === "none") expect(await call).not.toBeInstanceOf(Error);
      else expect(await call).toMatchObject({ code: "ERR_KERNEL", cause: { name: "UnsupportedError" } });
    });

    it("the default executor is serial", async () => {
      expect(await executor.it.submit(js("innerKind"))).toBe(row.workers === "none" ? "threads" : "serial");
      expect(await executor.it.submit(js<(n: number) => Promise<bigint>>("innerSum"), [1e6])).toBe(499_999_500_000n);
    });
  });

  it("keeps a pure kernel's traps from the next call", async () => {
    await expect(executor.it.submit(wasm("divide"), [1, 0])).rejects.toThrow(KernelError);
    expect(await executor.it.submit(wasm("divide"), [8, 2])).toBe(4);
    expect(await executor.it.submit(pure("add"), [8, 2])).toBe(10);
  });
});
