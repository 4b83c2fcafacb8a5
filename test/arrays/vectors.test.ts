/** Rows that stay, against searches of the rows as they should be. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { heap, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
import { nearest, Vectors } from "allcores/arrays";
import { loops } from "allcores/bench";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contract, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const serial = new SerialExecutor();
const threads = new ThreadExecutor({ workers: 3 });
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allcores-test-"));
});
afterAll(async () => {
  await threads.shutdown();
  await rm(folder, { recursive: true });
});

/** Whole numbers from -3 to 3, whose products are exact, so that ties are there. */
function rowsOf(count: number, dim: number, seed = 1): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: count * dim }, () => Math.round(6 * next()) - 3);
}

/** The rows by id, as a plain model: those that are there have a number. */
class Model {
  readonly dim: number;
  rows: (Float32Array | undefined)[] = [];

  constructor(dim: number) {
    this.dim = dim;
  }

  add(rows: Float32Array) {
    for (let at = 0; at < rows.length; at += this.dim) this.rows.push(rows.slice(at, at + this.dim));
  }

  nearest(query: Float32Array, k: number, metric: "dot" | "l2", where?: Uint8Array) {
    const all = new Float32Array(this.rows.length * this.dim);
    for (const [id, row] of this.rows.entries()) if (row) all.set(row, id * this.dim);
    const allowed = Uint8Array.from(this.rows, (row, id) => (row && (where?.[id] ?? (where ? 0 : 1)) !== 0 ? 1 : 0));
    return loops.nearest(all, query, { dim: this.dim, k, metric, where: allowed });
  }
}

contract([
  verb({
    name: "Vectors.nearest",
    cases: {
      none: { rows: rowsOf(0, 3), query: rowsOf(1, 3, 2) },
      many: { rows: rowsOf(3001, 3), query: rowsOf(2, 3, 2) },
    },
    run: async ({ rows, query }, options) => {
      using vectors = await Vectors.from(rows, { ...options, dim: 3, metric: "dot" });
      const { signal } = options;
      await vectors.remove([0, 5, 2999]);
      return await vectors.nearest(query, { k: 9, signal });
    },
    expected: ({ rows, query }) => {
      const model = new Model(3);
      model.add(rows);
      for (const id of [0, 5, 2999]) model.rows[id] = undefined;
      return model.nearest(query, 9, "dot");
    },
  }),
]);

describe("Vectors", () => {
  test.each([
    ["serial", () => serial],
    ["threads", () => threads],
  ])("are what was added and not removed, on %s", { timeout: LIMIT }, async (_name, executorOf) => {
    const [dim, next, model] = [5, generator(9), new Model(5)];
    using vectors = await Vectors.from(new Float32Array(), { dim, metric: "l2", executor: executorOf() });
    for (let round = 0; round < 30; round++) {
      const rows = rowsOf(Math.floor(40 * next()), dim, round + 1);
      const first = model.rows.length;
      model.add(rows);
      expect([...(await vectors.add(rows))]).toEqual(Array.from({ length: rows.length / dim }, (_, i) => first + i));
      const gone = Array.from({ length: 35 }, () => Math.floor(model.rows.length * 1.1 * next()));
      const there = new Set(gone.filter((id) => model.rows[id] !== undefined));
      for (const id of gone) if (id < model.rows.length) model.rows[id] = undefined;
      expect(await vectors.remove(new Set(gone))).toBe(there.size);
      expect(vectors.size).toBe(model.rows.filter(Boolean).length);
      const query = rowsOf(2, dim, 100 + round);
      const where = round % 2 ? Uint8Array.from({ length: model.rows.length - 3 }, () => +(next() < 0.5)) : undefined;
      expect(await vectors.nearest(query, { k: 7, where })).toEqual(model.nearest(query, 7, "l2", where));
    }
  });

  test("take effect in the order of the calls", { timeout: LIMIT }, async () => {
    const dim = 2;
    using vectors = await Vectors.from(Float32Array.of(1, 0, 0, 1), { dim, metric: "dot", executor: threads });
    const query = Float32Array.of(1, 1);
    const found = await Promise.all([
      vectors.nearest(query, { k: 9 }),
      vectors.add(Float32Array.of(5, 5)),
      vectors.nearest(query, { k: 9 }),
      vectors.remove([0, 2]),
      vectors.nearest(query, { k: 9 }),
      vectors.nearest(query, { k: 9 }),
    ]);
    const ids = found.map((one) => (typeof one === "number" ? one : "ids" in one ? [...one.ids] : [...one]));
    expect(ids).toEqual([[0, 1], [2], [2, 0, 1], 2, [1], [1]]);
  });

  test("give the bits of nearest", { timeout: LIMIT }, async () => {
    const [dim, next] = [67, generator(4)];
    const rows = Float32Array.from({ length: 900 * dim }, () => next() - 0.5);
    using vectors = await Vectors.from(rows.subarray(0, 500 * dim), { dim, executor: threads });
    await vectors.add(rows.subarray(500 * dim));
    await vectors.save(join(folder, "bits"));
    using loaded = await Vectors.load(join(folder, "bits"), { executor: serial });
    for (const queries of [1, 4, 6]) {
      const query = Float32Array.from({ length: queries * dim }, () => next() - 0.5);
      const wanted = await nearest(rows, query, { dim, k: 9, executor: serial });
      expect(await vectors.nearest(query, { k: 9 })).toEqual(wanted);
      expect(await loaded.nearest(query, { k: 9 })).toEqual(wanted);
    }
  });

  test("stay as they were when a call is aborted", { timeout: LIMIT }, async () => {
    using vectors = await Vectors.from(rowsOf(3, 2), { dim: 2, executor: threads });
    const late = new AbortController();
    const reason = new Error("enough");
    const [search, adding] = [
      vectors.nearest(rowsOf(1, 2), { k: 1 }),
      vectors.add(rowsOf(1000, 2), { signal: late.signal }),
    ];
    late.abort(reason);
    await expect(adding).rejects.toBe(reason);
    expect((await search).k).toBe(1);
    expect([...(await vectors.add(rowsOf(1, 2)))]).toEqual([3]);
    expect(vectors.size).toBe(4);
  });

  test("of int8 are quantized rows", { timeout: LIMIT }, async () => {
    const dim = 32;
    const rows = Float32Array.from(rowsOf(500, dim), (value) => value + 0.1);
    const query = rows.slice(44 * dim, 45 * dim);
    using vectors = await Vectors.from(rows.subarray(0, 400 * dim), { dim, type: "int8", executor: serial });
    await vectors.add(rows.subarray(400 * dim));
    await vectors.remove(Array.from({ length: 300 }, (_, i) => 100 + i));
    const { ids, scores } = await vectors.nearest(query, { k: 2 });
    expect(ids[0]).toBe(44);
    expect(scores[0]).toBeGreaterThan(0.999);
    expect((await vectors.nearest(rows.subarray(450 * dim, 451 * dim), { k: 1 })).ids[0]).toBe(450);
  });

  test.each(["float32", "int8"] as const)("of %s are the same from a file", { timeout: LIMIT }, async (type) => {
    const [dim, file] = [3, join(folder, type)];
    using vectors = await Vectors.from(rowsOf(200, dim), { dim, type, metric: "l2", executor: serial });
    await vectors.remove([0, 7, 199]);
    await vectors.save(file);
    const options = { k: 20 };
    const [query, bytes] = [rowsOf(3, dim, 5), await readFile(file)];
    for (const source of [file, Readable.from([bytes.subarray(0, 70), bytes.subarray(70)])]) {
      using loaded = await Vectors.load(source, { executor: serial });
      expect([loaded.size, loaded.dim, loaded.metric]).toEqual([197, 3, "l2"]);
      expect(await loaded.nearest(query, options)).toEqual(await vectors.nearest(query, options));
      expect([...(await loaded.add(rowsOf(1, dim)))]).toEqual([200]);
    }
  });

  test("refuse files that are damaged, and leave nothing on the heap", { timeout: LIMIT }, async () => {
    const file = join(folder, "damaged");
    using vectors = await Vectors.from(rowsOf(10, 2), { dim: 2, executor: serial });
    await vectors.save(file);
    const good = await readFile(file);
    const { allocations } = heap.stats();
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(good);
      bytes.writeUInt32LE(value, at);
      return bytes;
    };
    for (const [bytes, message] of [
      [Buffer.from("no such file"), "the source is no file of Vectors: it does not begin with"],
      [good.subarray(0, 30), "it ends within the header"],
      [good.subarray(0, 100), "the file must have 184 bytes for 10 rows, got 100"],
      [Buffer.concat([good, good]), "the file must have 184 bytes for 10 rows, got 368"],
      [changed(16, 2), "the file is of version 2; read is 1"],
      [changed(20, 0), "the file is damaged: its header has dim 0"],
      [changed(24, 3), "metric 3"],
      [changed(64 + 4 * 3, 9), "the file is damaged: its ids do not ascend"],
      [changed(64 + 4 * 9, 10), "the file is damaged: its ids do not ascend"],
    ] as const) {
      await writeFile(file, bytes);
      await expect(Vectors.load(file, { executor: serial })).rejects.toThrow(message);
    }
    await expect(
      Vectors.load(Readable.from([good.subarray(0, 80), good.subarray(80, 100)]), { executor: serial }),
    ).rejects.toThrow("the file ends early: it is to have 10 rows of 2 numbers");
    expect(heap.stats().allocations).toBe(allocations);
  });

  test("are freed when what is under way has ended", { timeout: LIMIT }, async () => {
    const { used } = heap.stats();
    const vectors = await Vectors.from(rowsOf(5000, 8), { dim: 8, executor: threads, capacity: 9000 });
    expect(heap.stats().used).toBeGreaterThan(used + 9000 * 32);
    const search = vectors.nearest(rowsOf(1, 8), { k: 3 });
    vectors[Symbol.dispose]();
    vectors[Symbol.dispose]();
    expect((await search).k).toBe(3);
    await expect.poll(() => heap.stats().used).toBe(used);
    await expect(vectors.add(rowsOf(1, 8))).rejects.toThrow("the Vectors have been disposed of");
  });

  test("lie in processes' arrays, too", { timeout: LIMIT }, async () => {
    const executor = new ProcessExecutor({ workers: 2 });
    using vectors = await Vectors.from(rowsOf(10, 2), { dim: 2, executor, metric: "dot" });
    await vectors.remove([0, 1, 2, 3, 4, 5]);
    await vectors.add(Float32Array.of(9, 9));
    expect([...(await vectors.nearest(Float32Array.of(1, 1), { k: 9 })).ids].sort()).toEqual([10, 6, 7, 8, 9]);
    await executor.shutdown();
  });

  const rows = rowsOf(4, 3);
  test.each([
    ["no dim", () => Vectors.from(rows, {} as never), "dim must be a whole number from 1"],
    [
      "rows that do not fit",
      () => Vectors.from(rows, { dim: 5 }),
      "rows must have a multiple of dim = 5 numbers, got 12",
    ],
    ["rows of doubles", () => Vectors.from(new Float64Array(3) as never, { dim: 3 }), "rows must be a Float32Array"],
    [
      "another type",
      () => Vectors.from(rows, { dim: 3, type: "int4" as never }),
      'type must be one of "float32", "int8"',
    ],
    ["another metric", () => Vectors.from(rows, { dim: 3, metric: "l1" as never }), "metric must be one of"],
    [
      "a capacity below 0",
      () => Vectors.from(rows, { dim: 3, capacity: -1 }),
      "capacity must be a whole number from 0",
    ],
    [
      "copies where they are refused",
      () => Vectors.from(rows, { dim: 3, copy: false }),
      "rows must be made by heap.float32",
    ],
  ])("refuse %s", { timeout: LIMIT }, async (_name, call, message) => {
    const { used } = heap.stats();
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
    expect(heap.stats().used).toBe(used);
  });

  test("refuse wrong calls by name", { timeout: LIMIT }, async () => {
    using vectors = await Vectors.from(rows, { dim: 3, executor: serial });
    await expect(vectors.add(rows.subarray(1))).rejects.toThrow("rows must have a multiple of dim = 3 numbers, got 11");
    await expect(vectors.add(rows, { k: 1 } as never)).rejects.toThrow('unknown option "k"');
    await expect(vectors.remove(3 as never)).rejects.toThrow("ids must be iterable, got 3");
    await expect(vectors.remove([1, -1])).rejects.toThrow("ids[1] must be a whole number from 0");
    await expect(vectors.nearest(rows, undefined as never)).rejects.toThrow("options must be an options object");
    await expect(vectors.nearest(rows.subarray(1), { k: 1 })).rejects.toThrow("query must have dim = 3 numbers");
    await expect(vectors.nearest(rows, { k: 1, metric: "l2" } as never)).rejects.toThrow('unknown option "metric"');
    await expect(vectors.nearest(rows, { k: 1, where: [1] as never })).rejects.toThrow("where must be a Uint8Array");
    await expect(vectors.save(3 as never)).rejects.toThrow("target must be a path");
    expect(vectors.size).toBe(4);
  });
});
