/** Files of NumPy: those that it wrote (test/golden/arrays/npy.py), and those that it reads. */
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, openAsBlob, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HeapArray, heap, UnsupportedError } from "allcores";
import { loadNpy, saveNpy } from "allcores/arrays";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/system.js";

const LIMIT = 10_000;
const hasNumpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;
const golden = (name: string) => fileURLToPath(new URL(`../golden/arrays/${name}.npy`, import.meta.url));

describe("loadNpy", () => {
  test.each([
    ["matrix", Float32Array.from({ length: 12 }, (_, i) => i / 4), [3, 4]],
    ["bigints", BigInt64Array.of(1n, -(2n ** 63n), 2n ** 63n - 1n), [3]],
    ["second", Uint8Array.of(0, 1, 2, 3, 4), [5]],
  ])("reads %s", { timeout: LIMIT }, async (name, wanted, shape) => {
    const path = golden(name);
    for (const source of [path, createReadStream(path), await openAsBlob(path)]) {
      const loaded = await loadNpy(source);
      expect(loaded.shape).toEqual(shape);
      expect(loaded.data.constructor).toBe(wanted.constructor);
      expect(Array.from(loaded.data as HeapArray<"float32">)).toEqual(Array.from(wanted as Float32Array));
      heap.free(loaded.data);
    }
    await using file = await open(path);
    heap.free((await loadNpy(file)).data);
  });

  test.each([
    ["fortran", UnsupportedError, "in Fortran order"],
    ["swapped", UnsupportedError, "dtype '>f8'; read are <f8, <f4"],
    ["records", UnsupportedError, "dtype [('a', '<f8')"],
  ])("refuses %s, by name", { timeout: LIMIT }, async (name, kind, message) => {
    const error = await loadNpy(golden(name)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(message);
  });

  test("refuses what is cut off, or no such file, and leaves nothing", { timeout: LIMIT }, async () => {
    const bytes = readFileSync(golden("matrix"));
    const { allocations } = heap.stats();
    for (const [part, message] of [
      [bytes.subarray(0, 5), "it ends within the header"],
      [bytes.subarray(0, 60), "it ends within the header"],
      [bytes.subarray(0, -1), "the file ends early: of 48 bytes of elements it has 47"],
      [Buffer.from("a,b\n1,2\n3,4\n"), "it does not begin with"],
      [Buffer.concat([bytes.subarray(0, 10), Buffer.alloc(118, 32)]), "its header is"],
    ] as const)
      await expect(loadNpy(new Blob([new Uint8Array(part)]))).rejects.toThrow(message);
    await expect(loadNpy(golden("matrix"), { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(heap.stats().allocations).toBe(allocations);
  });
});

describe("saveNpy", () => {
  test("writes what loadNpy reads, to the byte as NumPy does", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    const loaded = await loadNpy(golden("matrix"));
    const path = join(folder, "matrix.npy");
    await saveNpy(path, loaded.data, { shape: loaded.shape });
    expect(readFileSync(path).equals(readFileSync(golden("matrix")))).toBe(true);
    heap.free(loaded.data);
    const stream = createWriteStream(join(folder, "bigints.npy"));
    await saveNpy(stream, BigInt64Array.of(1n, -(2n ** 63n), 2n ** 63n - 1n));
    stream.end();
    await once(stream, "close");
    expect(readFileSync(join(folder, "bigints.npy")).equals(readFileSync(golden("bigints")))).toBe(true);
  });

  test.runIf(hasNumpy)("writes every type as NumPy reads it", { timeout: LIMIT }, async () => {
    const folder = temporaryFolder();
    const types = [
      "float64",
      "float32",
      "int64",
      "uint64",
      "int32",
      "uint32",
      "int16",
      "uint16",
      "int8",
      "uint8",
    ] as const;
    for (const type of types) {
      const array = heap[type](
        type.endsWith("64") && type !== "float64" ? ([1n, 2n, 3n, 4n] as never) : ([1, 2, 3, 4] as never),
      );
      await saveNpy(join(folder, `${type}.npy`), array, { shape: [2, 2] });
      heap.free(array);
    }
    const program = `import numpy as np
for t in ${JSON.stringify(types)}:
    x = np.load(t + ".npy"); print(x.dtype, x.tolist())`;
    const lines = execFileSync("python3", ["-c", program], { cwd: folder, encoding: "utf8" }).trim().split("\n");
    for (const [i, type] of types.entries())
      expect(lines[i]).toBe(`${type} ${type.startsWith("float") ? "[[1.0, 2.0], [3.0, 4.0]]" : "[[1, 2], [3, 4]]"}`);
  });

  test("refuses shapes that do not fit, and what is no array", { timeout: LIMIT }, async () => {
    const path = join(temporaryFolder(), "x.npy");
    const x = new Float64Array(6);
    await expect(saveNpy(path, x, { shape: [2, 2] })).rejects.toThrow(
      "shape must have a product of 6, as data has elements, got 2 x 2 = 4",
    );
    await expect(saveNpy(path, x, { shape: [-1, -6] })).rejects.toThrow("shape[0] must be a whole number");
    await expect(saveNpy(path, [1, 2] as never)).rejects.toThrow("data must be a typed array");
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, "");
    await expect(saveNpy(join(path, "x.npy"), x)).rejects.toThrow("ENOTDIR");
  });
});
