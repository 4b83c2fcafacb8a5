/** One process with a block of named shared memory: what it makes, and what it refuses. */
import { execFileSync } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { heap, jsKernel, ProcessExecutor, SerialExecutor, ShutdownError, ThreadExecutor } from "allcores";
import { SharedMemory } from "allcores/shared-memory";
import { describe, expect, it, onTestFinished } from "vitest";
import { refuses } from "../support/refuses.js";
import { isLinux, run } from "../support/system.js";
import { freshName, isThere, make } from "./names.js";

const FIXTURE = new URL("../fixtures/shared-memory.mjs", import.meta.url);
const fill = jsKernel<(name: string, value: number) => void>(FIXTURE, "fill");
const firstOf = jsKernel<(name: string) => number>(FIXTURE, "firstOf");
const whatCame = jsKernel<(memory: object) => object>(FIXTURE, "whatCame");

describe("a block", { timeout: 10_000 }, () => {
  it("is zeros, and one memory for all that attach to its name", () => {
    const memory = make({ bytes: 1000 });
    const other = SharedMemory.attach(memory.name);
    expect([memory.bytes, other.bytes, other.name]).toEqual([1000, 1000, memory.name]);
    expect(new Set(memory.view("uint8"))).toEqual(new Set([0]));
    memory.view("float64")[3] = 1.5;
    expect(other.view("float64", 24, 1)[0]).toBe(1.5);
    other.view("uint8", 999)[0] = 9;
    expect(memory.view("uint8")[999]).toBe(9);
    Atomics.add(other.view("int32"), 1, 5);
    expect(Atomics.load(memory.view("int32"), 1)).toBe(5);
  });

  it.each([
    ["float64", Float64Array, 125],
    ["float32", Float32Array, 250],
    ["int64", BigInt64Array, 125],
    ["uint64", BigUint64Array, 125],
    ["int32", Int32Array, 250],
    ["uint32", Uint32Array, 250],
    ["int16", Int16Array, 501],
    ["uint16", Uint16Array, 501],
    ["int8", Int8Array, 1003],
    ["uint8", Uint8Array, 1003],
    ["uint8Clamped", Uint8ClampedArray, 1003],
  ] as const)("is seen as %s, as many as fit", (type, TypedArray, length) => {
    const view = make({ bytes: 1003 }).view(type);
    expect(view).toBeInstanceOf(TypedArray);
    expect(view.length).toBe(length);
  });

  it.runIf(isLinux)("has the name that was asked for, and is the user's alone", () => {
    const name = freshName();
    make({ bytes: 10, name });
    expect(statSync(`/dev/shm/${name}`)).toMatchObject({ size: 10, mode: 0o100600 });
  });

  it("is there until it is unlinked, once for all", () => {
    const memory = make({ bytes: 16 });
    const { name } = memory;
    memory.close();
    const other = SharedMemory.attach(name);
    memory.unlink();
    expect(() => SharedMemory.attach(name)).toThrow(RangeError);
    other.view("int32")[0] = 7;
    expect(other.view("int32")[0]).toBe(7);
    const next = make({ bytes: 32, name });
    memory.unlink();
    other.unlink(); // the name means another block by now
    expect(SharedMemory.attach(name).bytes).toBe(next.bytes);
  });

  it("is closed by using, and unlinked by its maker's", () => {
    const memory = SharedMemory.create({ bytes: 8 });
    const attached = SharedMemory.attach(memory.name);
    attached[Symbol.dispose]();
    expect(() => attached.view("int8")).toThrow(ShutdownError);
    expect(SharedMemory.attach(memory.name).bytes).toBe(8);
    memory[Symbol.dispose]();
    memory[Symbol.dispose]();
    expect(() => SharedMemory.attach(memory.name)).toThrow(RangeError);
  });

  it("that is closed gives no views, and the ones before stay", () => {
    const memory = make({ bytes: 8 });
    const view = memory.view("uint8");
    memory.close();
    memory.close();
    expect(() => memory.view("uint8")).toThrow(ShutdownError);
    view[0] = 3;
    expect(view[0]).toBe(3);
    expect(memory.bytes).toBe(8);
  });

  it.runIf(isLinux)("is unmapped when the last view has been collected, not before", { timeout: 20_000 }, async () => {
    const seen = await run(
      `import { readFileSync } from "node:fs";
       import { SharedMemory } from "allcores/shared-memory";
       const memory = SharedMemory.create({ bytes: 1e6 });
       const { name } = memory;
       const isMapped = () => readFileSync("/proc/self/maps", "utf8").includes(name);
       const turn = () => { gc(); return new Promise((resolve) => setImmediate(resolve)); };
       let view = memory.view("uint8").subarray(10, 20);
       memory.close();
       memory.unlink();
       for (let i = 0; i < 10; i++) await turn();
       const kept = isMapped();
       view = undefined;
       while (isMapped()) await turn();
       console.log(JSON.stringify({ kept, isMapped: isMapped() }));`,
      { options: ["--expose-gc"] },
    );
    expect(seen).toEqual({ kept: true, isMapped: false });
  });

  it("does not give its buffer away", { timeout: 20_000 }, async () => {
    const answers = await run(`
      import { SharedMemory } from "allcores/shared-memory";
      // Node 20 has neither method.
      for (const name of ["transfer", "transferToFixedLength"])
        ArrayBuffer.prototype[name] ??= () => "moved";
      const memory = SharedMemory.create({ bytes: 8 });
      const { buffer } = memory.view("uint8");
      const answers = ["transfer", "transferToFixedLength"].map((name) => {
        try { return String(buffer[name]()); } catch (error) { return error.name; }
      });
      try { structuredClone(buffer, { transfer: [buffer] }); } catch {} // a copy in Node 20
      memory.view("uint8")[0] = 5;
      memory.unlink();
        console.log(JSON.stringify([...answers, buffer.byteLength, memory.view("uint8")[0]]));`);
    expect(answers).toEqual(["TypeError", "TypeError", 8, 5]);
  });

  it("reaches kernels by its name, a posted view by a copy", { timeout: 20_000 }, async () => {
    const memory = make({ bytes: 64 });
    const view = memory.view("float64");
    for (const executor of [
      new SerialExecutor(),
      new ThreadExecutor({ workers: 1 }),
      new ProcessExecutor({ workers: 1 }),
    ]) {
      await executor.submit(fill, [memory.name, 2.5]);
      expect([...view]).toEqual(Array(8).fill(2.5));
      view[0] = 4;
      expect(await executor.submit(firstOf, [memory.name])).toBe(4);
      expect(await executor.submit(whatCame, [memory])).toEqual({ name: memory.name, bytes: 64 });
      await executor.shutdown();
    }
    const copy = structuredClone(view);
    copy[0] = 1;
    expect(view[0]).toBe(4);
  });

  it("is no memory of the heap", async () => {
    const view = make({ bytes: 64 }).view("float64");
    await using serial = new SerialExecutor();
    await expect(serial.parallelFor(fill as never, 8, [view] as never)).rejects.toThrow(TypeError);
    expect(() => heap.free(view)).toThrow();
  });
});

describe("bad input", () => {
  const create = (options: unknown) => () => SharedMemory.create(options as never);
  const named = (name: unknown) => create({ bytes: 8, name });
  const attach = (name: unknown) => () => SharedMemory.attach(name as string);
  const view =
    (...args: unknown[]) =>
    () =>
      make({ bytes: 20 }).view(...(args as ["int8"]));
  const closed = () => {
    const memory = make({ bytes: 8 });
    memory.close();
    return memory;
  };
  it.each([
    ["no options", create(undefined), TypeError, "options"],
    ["a size for options", create(8), TypeError, "options"],
    ["an unknown option", create({ bytes: 8, size: 8 }), TypeError, /^options.*"size".*bytes.*name/],
    ["no bytes", create({}), TypeError, "bytes"],
    ["bytes 0", create({ bytes: 0 }), RangeError, "bytes"],
    ["bytes -1", create({ bytes: -1 }), RangeError, "bytes"],
    ["bytes 1.5", create({ bytes: 1.5 }), RangeError, "bytes"],
    ["bytes NaN", create({ bytes: Number.NaN }), RangeError, "bytes"],
    ["bytes 2^53", create({ bytes: 2 ** 53 }), RangeError, "bytes"],
    ["bytes as a text", create({ bytes: "8" }), TypeError, "bytes"],
    ["bytes as a bigint", create({ bytes: 8n }), TypeError, "bytes"],
    ...[create, attach].flatMap((call) => {
      const by = (name: unknown) => (call === create ? named(name) : attach(name));
      const what = call === create ? "to create" : "to attach";
      return [
        [`an empty name ${what}`, by(""), RangeError, "name"],
        [`a lone surrogate ${what}`, by("\ud800x"), RangeError, "name"],
        [`a slash ${what}`, by("a/b"), RangeError, "name"],
        [`a leading slash ${what}`, by("/a"), RangeError, "name"],
        [`a NUL ${what}`, by("a\0b"), RangeError, "name"],
        [`. ${what}`, by("."), RangeError, "name"],
        [`.. ${what}`, by(".."), RangeError, "name"],
        [`256 bytes ${what}`, by("x".repeat(256)), RangeError, "name"],
        [`128 letters of 2 bytes ${what}`, by("é".repeat(128)), RangeError, "name"],
        [`a number ${what}`, by(5), TypeError, "name"],
        [`null ${what}`, by(null), TypeError, "name"],
      ] as const;
    }),
    ["no name to attach", attach(undefined), TypeError, "name"],
    ["a SharedMemory to attach", () => attach(make({ bytes: 8 }))(), TypeError, "name"],
    ["a name that there is not", attach("allcores-nothing"), RangeError, /^name: .*"allcores-nothing"$/],
    ["an unknown type", view("float16"), RangeError, "type"],
    ["no type", view(), TypeError, "type"],
    ["a type of the prototype", view("toString"), RangeError, "type"],
    ["byteOffset -4", view("int32", -4), RangeError, "byteOffset"],
    ["byteOffset 24", view("int32", 24), RangeError, "byteOffset"],
    ["byteOffset 2 of int32", view("int32", 2), RangeError, /^byteOffset must be a multiple of 4.* got 2$/],
    ["byteOffset as a text", view("int32", "4"), TypeError, "byteOffset"],
    ["length 6 of 5", view("int32", 0, 6), RangeError, "length"],
    ["length 5 from 4 on", view("int32", 4, 5), RangeError, "length"],
    ["length -1", view("int32", 0, -1), RangeError, "length"],
    ["length null", view("int32", 0, null), TypeError, "length"],
    ["a view after close", () => closed().view("int8"), ShutdownError, /^shared memory ".*" has been closed$/],
  ] as const)("%s", (_, call, Type, what) => refuses(call, Type, what));

  it("255 bytes are a name", () => {
    const name = freshName().padEnd(255, "x");
    make({ bytes: 8, name });
    expect(SharedMemory.attach(name).bytes).toBe(8);
  });

  it("a name that is taken is an error that names it, with the system's as its cause", () => {
    const { name } = make({ bytes: 8 });
    const error = thrownBy(() => SharedMemory.create({ bytes: 8, name }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(JSON.stringify(name));
    expect(error.cause).toMatchObject({ code: "EEXIST", syscall: "shm_open" });
    expect(SharedMemory.attach(name).bytes).toBe(8);
  });

  it.runIf(isLinux)("blocks without bytes, or with more than an ArrayBuffer holds", () => {
    const name = freshName();
    const path = `/dev/shm/${name}`;
    onTestFinished(() => rmSync(path, { force: true }));
    writeFileSync(path, "");
    expect(thrownBy(() => SharedMemory.attach(name)).message).toContain(`${JSON.stringify(name)} has no bytes`);
    execFileSync("truncate", ["-s", String(2n ** 53n + 1n), path]);
    const error = thrownBy(() => SharedMemory.attach(name));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(/ has \d+ bytes, an ArrayBuffer at most \d+$/);
  });

  it.runIf(isLinux)("leaves nothing of what was refused", () => {
    const name = freshName();
    expect(() => SharedMemory.create({ bytes: 0, name })).toThrow(RangeError);
    expect(isThere(name)).toBe(false);
  });
});

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
