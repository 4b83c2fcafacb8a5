/** Heap arrays read from and written to files, streams and blobs; and which of Node's functions take them as they are. */
import { createHash, getRandomValues, randomFillSync, subtle } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, brotliDecompressSync, crc32, gunzipSync, gzipSync } from "node:zlib";
import { type ElementType, heap, type LoadOptions, MemoryError, type Source } from "allcores";
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { temporaryFolder } from "../support/system.js";

const empty = heap.stats();
afterEach(() => expect(heap.stats()).toEqual(empty));

/** More than is read at once, 4 MiB. */
const LENGTH = 600_007;
const numbers = Float64Array.from({ length: LENGTH }, (_, i) => i / 7);
const bytes = new Uint8Array(numbers.buffer);
const folder = mkdtempSync(join(tmpdir(), "allcores-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const DISPOSED = "the scope of heap.scope() was disposed before the array was there";
const path = join(folder, "numbers.f64");
writeFileSync(path, bytes);

/** Its bytes, to be compared: a deep comparison of so many elements takes seconds. */
const buffer = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);

/** The bytes in pieces of odd sizes, some empty. */
async function* pieces(of: Uint8Array = bytes): AsyncGenerator<Uint8Array> {
  const sizes = [0, 1, 7, 65_537, 3, 5_000_000];
  for (let at = 0, i = 0; at < of.length; at += sizes[i++ % sizes.length] as number)
    yield of.subarray(at, at + (sizes[i % sizes.length] as number));
}

const SOURCES: readonly [what: string, source: () => Source | Promise<Source>][] = [
  ["a path", () => path],
  ["a file: URL", () => pathToFileURL(path)],
  ["an open file", () => opened(path, "r")],
  ["a stream of Node", () => Readable.from(pieces())],
  ["a stream of the web", () => ReadableStream.from(pieces()) as Source],
  ["an async iterable", () => pieces()],
  ["a blob", () => new Blob([bytes])],
];

async function opened(file: string, flags: string) {
  const handle = await open(file, flags);
  onTestFinished(() => handle.close());
  return handle;
}

describe.each(SOURCES)("heap.load of %s", (_, source) => {
  it("brings all elements", async () => {
    using scope = heap.scope();
    const array = await scope.load(await source(), "float64");
    expect(buffer(array).equals(bytes)).toBe(true);
  });

  it("brings a part, of any type, and into an array that is there", async () => {
    using scope = heap.scope();
    const part = await scope.load(await source(), "uint16", { byteOffset: 13, length: 500_000 });
    expect(buffer(part).equals(bytes.subarray(13, 1_000_013))).toBe(true);
    const out = scope.float64(LENGTH - 1);
    expect(await heap.load(await source(), "float64", { byteOffset: 8, out })).toBe(out);
    expect(buffer(out).equals(bytes.subarray(8))).toBe(true);
    const some = scope.float64(10);
    await heap.load(await source(), "float64", { byteOffset: 80, length: 10, out: some });
    expect([...some]).toEqual([...numbers.subarray(10, 20)]);
  });

  it("tells how far it is, and stops where that throws", async () => {
    using scope = heap.scope();
    const onProgress = vi.fn();
    await scope.load(await source(), "float64", { onProgress });
    expect(onProgress.mock.lastCall).toEqual([{ done: LENGTH, total: LENGTH }]);
    const failing = () => {
      throw new Error("mine");
    };
    await expect(heap.load(await source(), "float64", { onProgress: failing })).rejects.toThrow("mine");
  });

  it.each<
    [string, LoadOptions<"float64"> | ((scope: ReturnType<typeof heap.scope>) => LoadOptions<"float64">), RegExp]
  >([
    ["elements that do not end with it", { byteOffset: 3 }, /bytes, which is no multiple of the 8 bytes of an element/],
    ["more than there are", { length: LENGTH + 1 }, /length is 600008, but the source has 600007 elements/],
    ["an offset behind its end", { byteOffset: bytes.length + 1 }, /byteOffset is \d+, but the source ends before it/],
    ["an array that is shorter", (scope) => ({ out: scope.float64(10) }), /out must have/],
    [
      "an array that is longer",
      (scope) => ({ out: scope.float64(LENGTH + 1) }),
      /out must have|but the source has 600007/,
    ],
    [
      "an array of another length than asked",
      (scope) => ({ out: scope.float64(3), length: 2 }),
      /out must have length = 2/,
    ],
  ])("refuses %s", async (_, options, message) => {
    using scope = heap.scope();
    const given = typeof options === "function" ? options(scope) : options;
    await expect(heap.load(await source(), "float64", given)).rejects.toThrow(message);
  });
});

describe("heap.load", () => {
  it.each<[string, () => Promise<unknown>, new (message: string) => Error, RegExp]>([
    ["what is no source", () => heap.load(17 as never, "float64"), TypeError, /source must be a path, .* got 17/],
    [
      "pieces that are no bytes",
      () => heap.load(Readable.from(["text"]), "uint8"),
      TypeError,
      /must yield Uint8Arrays, got "text"/,
    ],
    ["an unknown type", () => heap.load(path, "float16" as never), RangeError, /type must be one of .* got "float16"/],
    ["an unknown option", () => heap.load(path, "uint8", { offset: 3 } as never), TypeError, /unknown option "offset"/],
    [
      "an array off the heap",
      () => heap.load(path, "float64", { out: numbers as never }),
      RangeError,
      /out must be a live array/,
    ],
    [
      "an array of another type",
      () => heap.load(path, "float64", { out: new Int8Array(3) as never }),
      TypeError,
      /out must be .* heap\.float64/,
    ],
    ["a file that is not there", () => heap.load(`${path}.none`, "float64"), Error, /ENOENT.*numbers\.f64\.none/],
    ["a folder", () => heap.load(join(path, ".."), "float64"), Error, /EISDIR/],
    ["a stream that fails", () => heap.load(failing(), "float64"), Error, /mine/],
    [
      "a source larger than the heap",
      () => heap.load({ size: 2 ** 40, stream: () => pieces() }, "uint8"),
      MemoryError,
      /heap\.uint8/,
    ],
  ])("refuses %s", async (_, load, kind, message) => {
    const error = await load().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
  });

  async function* failing() {
    yield bytes.subarray(0, 100);
    throw new Error("mine");
  }

  it("is stopped before, and while a stream brings nothing", { timeout: 5000 }, async () => {
    const reason = new Error("mine");
    await expect(heap.load(path, "float64", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stalled = new PassThrough();
    stalled.write(bytes.subarray(0, 64));
    const controller = new AbortController();
    const options = { signal: controller.signal, length: 10, onProgress: () => {} };
    const loading = heap.load(stalled, "float64", options);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await expect(loading).rejects.toBe(reason);
  });

  it("holds the array that it fills", async () => {
    const out = heap.float64(8);
    const stream = new PassThrough();
    const loading = heap.load(stream, "float64", { out });
    expect(() => heap.free(out)).toThrow(/used by a running job/);
    stream.end(bytes.subarray(0, 64));
    await loading;
    heap.free(out);
  });
});

/** It does not call back for what it was writing. */
function destroyedInWrite(error?: Error): Writable {
  return new Writable({
    write() {
      this.destroy(error);
    },
  });
}

describe("heap.save", () => {
  const TYPES: readonly ElementType[] = [
    "float64",
    "float32",
    "int64",
    "uint64",
    "int32",
    "uint16",
    "int8",
    "uint8Clamped",
  ];

  it.each(TYPES)("writes %s where load reads it: paths, URLs, open files and streams", async (type) => {
    using scope = heap.scope();
    const array = await scope.load(path, type);
    const folder = temporaryFolder();
    const file = (name: string) => join(folder, name);
    await heap.save(file("path"), array);
    await heap.save(pathToFileURL(file("url")), array);
    const handle = await opened(file("handle"), "w");
    await handle.write("head");
    await heap.save(handle, array);
    const written: Buffer[] = [];
    const stream = new Writable({ write: (piece, _, done) => done(void written.push(piece)) });
    await heap.save(stream, array);
    stream.end();
    expect((await readFile(file("path"))).equals(bytes)).toBe(true);
    expect((await readFile(file("url"))).equals(bytes)).toBe(true);
    expect((await readFile(file("handle"))).subarray(4).equals(bytes)).toBe(true);
    expect(Buffer.concat(written).equals(bytes)).toBe(true);
  });

  it("overwrites a file, writes nothing for an empty array, and tells how far it is", async () => {
    using scope = heap.scope();
    const file = join(temporaryFolder(), "x");
    writeFileSync(file, "longer than an empty array");
    const onProgress = vi.fn();
    await heap.save(file, scope.int32(0), { onProgress });
    expect([statSync(file).size, onProgress.mock.calls]).toEqual([0, [[{ done: 0, total: 0 }]]]);
  });

  it.each<[string, (array: ReturnType<typeof heap.float64>) => Promise<void>, RegExp]>([
    ["what is no target", (array) => heap.save(17 as never, array), /target must be a path/],
    ["an array off the heap", () => heap.save(path, numbers as never), /array must be a live array of the heap/],
    ["no array", () => heap.save(path, "x" as never), /array must be an array made by heap/],
    ["a folder that is not there", (array) => heap.save(join(path, "none"), array), /ENOTDIR/],
    ["a stream that is closed meanwhile", (array) => heap.save(destroyedInWrite(), array), /^target was closed before/],
    ["a stream that fails meanwhile", (array) => heap.save(destroyedInWrite(new Error("gone")), array), /^gone$/],
    ["a stream that has ended", (array) => heap.save(new PassThrough().end(), array), /write after end/],
    [
      "a stream that fails",
      (array) => heap.save(new Writable({ write: (_, __, done) => done(new Error("full")) }), array),
      /full/,
    ],
    [
      "when it is aborted",
      (array) => heap.save(join(temporaryFolder(), "x"), array, { signal: AbortSignal.abort(new Error("mine")) }),
      /mine/,
    ],
  ])("refuses %s", async (_, save, message) => {
    using scope = heap.scope();
    const array = scope.float64(3);
    await expect(save(array)).rejects.toThrow(message);
  });

  it("is stopped while a stream takes nothing, and holds its array until then", { timeout: 5000 }, async () => {
    const array = heap.float64(3);
    const controller = new AbortController();
    const saving = heap.save(new Writable({ write: () => {} }), array, { signal: controller.signal });
    expect(() => heap.free(array)).toThrow(/used by a running job/);
    controller.abort("because");
    expect(await saving.catch((reason: unknown) => reason)).toBe("because");
    heap.free(array);
  });
});

describe("heap arrays in Node's functions", () => {
  const file = join(folder, "x");

  it.each<[string, (array: Float64Array<SharedArrayBuffer>) => unknown, (result: never) => unknown]>([
    ["fs writeFile", (array) => writeFile(file, array).then(() => readFile(file)), (all: Buffer) => all.length === 800],
    [
      "fs read",
      async (array) => (await opened(path, "r")).read(array, 0, 800, 0),
      (all: { bytesRead: number }) => all.bytesRead === 800,
    ],
    ["createHash", (array) => createHash("sha256").update(array).digest().length, (length: number) => length === 32],
    ["randomFillSync", (array) => randomFillSync(array), (array: Float64Array) => array.some((one) => one !== 0)],
    ["getRandomValues", (array) => getRandomValues(buffer(array)), (all: Buffer) => all.some((byte) => byte !== 0)],
    ["gzip", (array) => gunzipSync(gzipSync(array)).length, (length: number) => length === 800],
    ["brotli", (array) => brotliDecompressSync(brotliCompressSync(array)).length, (length: number) => length === 800],
    ["Buffer.from", (array) => buffer(array).writeDoubleLE(7, 8), (end: number) => end === 16],
    [
      "TextEncoder.encodeInto",
      (array) => new TextEncoder().encodeInto("abc", buffer(array)).written,
      (three: number) => three === 3,
    ],
    ["TextDecoder", (array) => new TextDecoder().decode(array).length, (length: number) => length === 800],
    ["Blob, which copies it", (array) => new Blob([array as never]).size, (size: number) => size === 800],
    ["a socket", socket, (length: number) => length === 800],
    ["an answer over HTTP", answer, (length: number) => length === 800],
    ["crc32", (array) => crc32(array), (sum: number) => sum === crc32(new Uint8Array(800))],
  ])("%s: as they are", async (_, use, isRight) => {
    using scope = heap.scope();
    expect(isRight((await use(scope.float64(100))) as never)).toBe(true);
  });

  it.each<[string, (array: Float64Array<SharedArrayBuffer>) => unknown]>([
    ["Response", (array) => new Response(array as never)],
    ["Request", (array) => new Request("http://127.0.0.1", { method: "POST", body: array as never })],
    ["a transfer list", (array) => structuredClone(array, { transfer: [array.buffer as never] })],
    ["subtle.digest", (array) => subtle.digest("SHA-256", array as never)],
  ])("%s: not, but a copy by slice()", async (_, use) => {
    using scope = heap.scope();
    const array = scope.float64(100);
    await expect((async () => use(array))()).rejects.toThrow(/SharedArrayBuffer|transferList/);
    await use(new Float64Array(array) as never);
  });

  async function answer(array: Float64Array): Promise<number> {
    const server = createHttpServer((_, response) => response.end(buffer(array))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: "close" } });
    const { byteLength } = await response.arrayBuffer();
    server.close();
    return byteLength;
  }

  async function socket(array: Float64Array): Promise<number> {
    const server = createServer((connection) => connection.end(buffer(array))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address() as { port: number };
    const { connect } = await import("node:net");
    let received = 0;
    for await (const piece of connect(address.port, "127.0.0.1")) received += (piece as Buffer).length;
    server.close();
    return received;
  }
});

it.runIf(process.platform === "linux")("loads a file that the system makes as it is read", async () => {
  using scope = heap.scope();
  const status = await scope.load("/proc/self/status", "uint8");
  expect(buffer(status).toString()).toMatch(/^Name:/);
});

it("frees what a scope is brought after its end", async () => {
  const scope = heap.scope();
  const late = Promise.allSettled([scope.load(path, "float64"), scope.textsAsync(["a"])]);
  scope[Symbol.dispose]();
  const rejected = { status: "rejected", reason: new RangeError(DISPOSED) };
  expect(await late).toEqual([rejected, rejected]);
  expect(heap.stats()).toEqual(empty);
  const again = await scope.load(path, "float64", { length: 1 });
  expect(again.length).toBe(1);
  scope[Symbol.dispose]();
});
