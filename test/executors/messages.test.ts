/** Values, errors and arguments that are hard to send: told by an error that names them, and the pool goes on. */
import { heap, input, jsKernel, KernelError, toThread, UnsupportedError } from "allcores";
import { Queue } from "allcores/sync";
import { excepthook, Thread } from "allcores/threading";
import { describe, expect, it, onTestFinished } from "vitest";
import { add } from "../support/kernels.js";
import { executors, shared } from "./all.js";

const url = new URL("../fixtures/messages.mjs", import.meta.url);
const js = (name: string) => jsKernel<(...args: unknown[]) => unknown>(url, name);
/** Too deep for the stack of the calling thread, not for a worker's. */
const DEEP = 3000;
const UNREADABLE =
  /^list\w* \(file:.*messages\.mjs\) returned a value that can't be (received|sent back)( on items .*)?: RangeError: /;

async function rejection(call: PromiseLike<unknown>): Promise<Error> {
  return call.then(
    () => expect.unreachable("it should reject"),
    (error: Error) => error,
  ) as Promise<Error>;
}

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  it.each<[string, () => PromiseLike<unknown>]>([
    ["a call", () => executor.it.submit(js("list"), [DEEP])],
    ["a map", () => executor.it.map(js("listOf"), [DEEP]).next()],
    [
      "a range",
      () =>
        executor.it.run({
          kernel: js("listOnItems"),
          n: 4,
          grain: 1,
          args: [DEEP],
          partial: "value",
        }) as Promise<unknown>,
    ],
  ])("a result of %s that the caller can't read is a KernelError, and the next call works", async (_, call) => {
    const before = heap.stats();
    const error = await rejection(call());
    expect(error).toBeInstanceOf(KernelError);
    expect(error.message).toMatch(UNREADABLE);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
    expect(executor.it.pending).toBe(0);
    expect(heap.stats()).toEqual(before);
  });

  it("a property of an error that the caller can't read is left out and named", async () => {
    const error = await rejection(executor.it.submit(js("throwWithList"), [DEEP]));
    expect(error).toBeInstanceOf(KernelError);
    expect(error.message).toMatch(/failed: RangeError: bad node \(left out, since it can't be sent: node\)$/);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: "bad node", code: "ERR_NODE" });
    expect(error.cause).not.toHaveProperty("node");
    expect((error.cause as Error).stack).toMatch(/throwWithList.*messages\.mjs/);
  });

  it("a thrown value that the caller can't read is told by its text", async () => {
    const error = await rejection(executor.it.submit(js("throwList"), [DEEP]));
    expect(error.message).toMatch(/failed: it threw \[object Object\]$/);
    expect(error.cause).toBe("[object Object]");
  });

  it("an argument that can't be cloned is refused by its name", async () => {
    let deep: unknown = null;
    for (let i = 0; i < 10 * DEEP; i++) deep = { next: deep };
    const call = executor.it.submit(js("lengthOf"), [1, deep]);
    await expect(call).rejects.toThrow(/^args\[1\] can't be sent to a worker: /);
    await expect(call).rejects.toBeInstanceOf(TypeError);
    expect(await executor.it.submit(js("lengthOf"), [{ next: { next: null } }])).toBe(2);
  });

  it("a WebAssembly.Module goes both ways where memory is shared, and is told where it can't", async () => {
    const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    const calls = [executor.it.submit(js("same"), [module, module]), executor.it.submit(js("same"), [[module], 1])];
    if (row.shares) {
      expect(await Promise.all(calls)).toEqual([true, false]);
      expect(await executor.it.submit(js("wasmModule"))).toBeInstanceOf(WebAssembly.Module);
      return;
    }
    const [plain, nested] = (await Promise.all(calls.map(rejection))) as [Error, Error];
    expect(plain).toBeInstanceOf(UnsupportedError);
    expect(plain.message).toMatch(/^args\[0\] is a WebAssembly\.Module, .*process/);
    expect(nested).toBeInstanceOf(KernelError);
    expect(nested.message).toMatch(/^same \(file:.*could not be opened in a process/);
    for (const name of ["wasmModule", "nestedModule"]) {
      const error = await rejection(executor.it.submit(js(name)));
      expect(error).toBeInstanceOf(KernelError);
      expect(error.message).toMatch(new RegExp(`^${name} .*returned a value that can't be received: `));
    }
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });

  it.each<[string, () => unknown[], unknown]>([
    ["the same object", () => (([object]) => [object, object])([{}]), true],
    ["a plain value", () => [1, 1], true],
    ["two objects", () => [{}, {}], false],
  ])("%s given twice: the kernel sees whether it is one", async (_, args, expected) => {
    expect(await executor.it.submit(js("same"), args())).toBe(expected);
    expect(await executor.it.run({ kernel: js("sameOnItems"), n: 1, args: args(), partial: "value" })).toEqual([
      expected,
    ]);
  });

  it("objects within arguments keep their identity, views of one buffer their buffer", async () => {
    const inner = {};
    expect(await executor.it.submit(js("sameInside"), [{ a: inner }, [inner]])).toBe(true);
    const { buffer } = new Float64Array(100);
    const views = [new Float64Array(buffer, 0, 10), new Uint8Array(buffer, 80)];
    expect(await executor.it.submit(js("sameBuffer"), views)).toBe(800);
  });

  it("a heap array given twice is one array", async () => {
    using scope = heap.scope();
    const array = scope.float64(4);
    const job = { kernel: js("sameOnItems"), n: 1, partial: "value" } as const;
    expect(await executor.it.run({ ...job, args: [array, array] })).toEqual([true]);
    // Processes refuse arrays that overlap.
    if (row.shares) expect(await executor.it.run({ ...job, args: [array, array.subarray(0, 2)] })).toEqual([false]);
  });

  it("two views of one place may differ in their type, and so in their bytes", async () => {
    using scope = heap.scope();
    const [doubles, others] = [scope.float64(100).fill(1), scope.float64(100).fill(2)];
    const bytes = new Uint8Array(doubles.buffer, doubles.byteOffset, doubles.length);
    const args = [input(bytes), input(others), input(doubles)];
    const job = { kernel: js("sumsOnItems"), n: 1, args, partial: "value" } as const;
    expect(await executor.it.run(job)).toEqual([[12 * (0xf0 + 0x3f), 200, 100]]);
  });

  it.each<[string, unknown[], ArrayBufferView]>([
    ["pooled", [], new Uint8Array([97, 98, 99])],
    ["transferPooled", [], new Uint8Array([97, 98, 99])],
    ["transferMarked", [], new Uint8Array([1, 2, 3])],
    ["transferred", [], new Uint8Array([1, 2, 3])],
    ["transferWasmPart", [], new Uint8Array([1, 2, 3])],
    ["odd", [], new Uint8Array([7, 7, 7, 7])],
    ["part", [], new Float64Array([7, 7, 7])],
    ["dataView", [], new DataView(new Uint8Array([8, 7]).buffer)],
  ])("%s: the bytes of a result come alone", async (name, args, expected) => {
    const result = (await executor.it.submit(js(name), args)) as ArrayBufferView;
    expect(result).toEqual(expected);
    expect(result.constructor).toBe(expected.constructor);
    expect([result.byteLength, result.buffer.byteLength]).toEqual([expected.byteLength, expected.byteLength]);
  });

  it("a Buffer as an argument brings nothing of Node's pool", async () => {
    expect(await executor.it.submit(js("bytesAndRoom"), [Buffer.from("abc")])).toEqual([97, 98, 99, 3]);
  });

  it("buffers of chunks come alone, the memory of a Wasm module is copied", async () => {
    const chunks = await executor.it.run({ kernel: js("chunkBuffer"), n: 3, grain: 1, partial: "value" });
    expect(chunks).toEqual([0, 1, 2].map((begin) => new Uint8Array([begin])));
    expect((chunks as Uint8Array[]).map(({ buffer }) => buffer.byteLength)).toEqual([1, 1, 1]);
    const memory = (await executor.it.submit(js("transferWasmMemory"))) as Uint8Array;
    expect([memory.length, ...memory.subarray(0, 4)]).toEqual([65_536, 1, 2, 3, 0]);
  });

  it.runIf(row.shares)("a part of a shared buffer stays shared", async () => {
    const buffer = new SharedArrayBuffer(4);
    const part = (await executor.it.submit(js("sharedPart"), [buffer])) as Uint8Array;
    new Uint8Array(buffer)[1] = 5;
    expect([...part]).toEqual([5, 0]);
  });
});

describe("threads of one call", () => {
  it("toThread: a result that the caller can't read is a KernelError", async () => {
    const error = await rejection(toThread(js("list"), [DEEP]));
    expect(error).toBeInstanceOf(KernelError);
    expect(error.message).toMatch(UNREADABLE);
    expect(await toThread(add, [1, 2])).toBe(3);
  });

  it.each(["blocking", "async"])("Thread: so it is, %s", async (form) => {
    let hook: ReturnType<typeof excepthook> | undefined;
    const reported = new Promise((resolve) => {
      hook = excepthook(resolve);
    });
    onTestFinished(() => void excepthook(hook));
    const thread = new Thread(js("list"), [DEEP]);
    thread.start();
    const join = async () => (form === "async" ? thread.joinAsync() : thread.join());
    for (const _ of [1, 2]) {
      const error = await rejection(join());
      expect(error).toBeInstanceOf(KernelError);
      expect(error.message).toMatch(UNREADABLE);
    }
    expect(thread.value).toBeUndefined();
    await reported;
  });

  it.each(["get", "getAsync"] as const)(
    "Queue.%s: an item that can't be read is lost, the next one is not",
    async (get) => {
      const queue = new Queue({ bytes: 2 ** 20 });
      await toThread(js("putList"), [queue.handle, DEEP]);
      const error = await rejection((async () => queue[get]())());
      expect(error).toBeInstanceOf(KernelError);
      expect(error.message).toMatch(/^get: an item can't be received: /);
      expect(await queue[get]()).toBe("next");
      expect(queue.size).toBe(0);
    },
  );
});
