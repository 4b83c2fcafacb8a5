/** Products of matrices. */
import { heap, SerialExecutor } from "allcores";
import { matmul } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

type Given = { readonly a: Float64Array; readonly b: Float64Array; readonly inner: number };
const given = (rows: number, inner: number, columns: number): Given => ({
  a: doubles(rows * inner, 3),
  b: doubles(inner * columns, 4),
  inner,
});
const special = [0, -0, Infinity, -Infinity, 5e-324, -5e-324, Number.NaN, 1e308, -1];

contract([
  verb({
    name: "matmul of doubles",
    cases: {
      empty: given(0, 3, 5),
      "no columns": given(4, 3, 0),
      one: given(1, 1, 1),
      special: { a: Float64Array.from(special), b: Float64Array.from(special), inner: 3 },
      "a column": given(301, 7, 1),
      "a row": given(1, 300, 33),
      many: given(131, 517, 39),
    },
    run: ({ a, b, inner }, options) => matmul(a, b, { ...options, inner }),
    expected: ({ a, b, inner }) => loops.matmul(a, b, { inner }),
    out: ({ a, b, inner }) => new Float64Array((a.length * b.length) / inner ** 2),
  }),
  verb({
    name: "matmul of floats, transposed",
    cases: {
      one: { a: Float32Array.of(2), b: Float32Array.of(-3), inner: 1 },
      special: { a: Float32Array.from(special), b: Float32Array.from(special), inner: 3 },
      many: { a: Float32Array.from(doubles(67 * 301)), b: Float32Array.from(doubles(301 * 29, 2)), inner: 301 },
    },
    run: ({ a, b, inner }, options) => matmul(a, b, { ...options, inner, transposeB: true }),
    expected: ({ a, b, inner }) => loops.matmul(a, b, { inner, transposeB: true }),
    out: ({ a, b, inner }) => new Float32Array((a.length * b.length) / inner ** 2),
  }),
]);

describe("matmul", () => {
  test("has the bits of the loop for every shape", { timeout: LIMIT }, async () => {
    const next = generator(11);
    for (let round = 0; round < 30; round++) {
      const [rows, inner, columns] = [next() * 70, next() * 40, next() * 70].map((size) => Math.ceil(size)) as [
        number,
        number,
        number,
      ];
      const [a, b] = [doubles(rows * inner, round), doubles(inner * columns, round + 99)];
      const options = { inner, transposeB: round % 2 === 1 };
      expect(await matmul(a, b, { ...options, executor })).toEqual(loops.matmul(a, b, options));
      const [c, d] = [Float32Array.from(a), Float32Array.from(b)];
      expect(await matmul(c, d, { ...options, executor })).toEqual(loops.matmul(c, d, options));
    }
  });

  test("refuses what is no matrix", { timeout: LIMIT }, async () => {
    const [a, b] = [new Float64Array(6), new Float64Array(8)];
    await expect(matmul(a, b, { inner: 4 })).rejects.toThrow("a must have a multiple of 4 elements (inner), got 6");
    await expect(matmul(a, b, { inner: 3 })).rejects.toThrow("b must have a multiple of 3 elements (inner), got 8");
    await expect(matmul(a, b, { inner: 0 })).rejects.toThrow("inner must be a whole number from 1");
    await expect(matmul(a, b, { inner: 2, transposeB: 1 as never })).rejects.toThrow(
      "transposeB must be true or false",
    );
    await expect(matmul(a, new Float32Array(8) as unknown as Float64Array, { inner: 2 })).rejects.toThrow(
      "b must be a Float64Array",
    );
    await expect(matmul(new Int32Array(4) as unknown as Float64Array, b, { inner: 2 })).rejects.toThrow(
      "a must be a Float64Array",
    );
    const x = heap.float64(12);
    await expect(matmul(x, b, { inner: 2, out: x })).rejects.toThrow("out must not overlap a");
    heap.free(x);
  });
});
