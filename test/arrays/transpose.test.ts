/** Matrices transposed. */
import { SerialExecutor } from "allcores";
import { transpose } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, doubles, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();
const given = (rows: number, columns: number) => ({ x: doubles(rows * columns), columns });

contract([
  verb({
    name: "transpose",
    cases: {
      empty: given(0, 3),
      one: given(1, 1),
      "a row": given(1, 2000),
      "a column": given(2000, 1),
      special: { x: Float64Array.of(Number.NaN, -0, 0, Infinity, 5e-324, 1), columns: 3 },
      many: given(517, 301),
    },
    run: ({ x, columns }, options) => transpose(x, { ...options, columns }),
    expected: ({ x, columns }) => loops.transpose(x, { columns }),
    out: ({ x }) => new Float64Array(x.length),
  }),
]);

describe("transpose", () => {
  test("of floats of any shape, and back", { timeout: LIMIT }, async () => {
    const next = generator(2);
    for (let round = 0; round < 30; round++) {
      const [rows, columns] = [Math.ceil(next() * 90), Math.ceil(next() * 90)];
      const x = Float32Array.from(doubles(rows * columns, round));
      const turned = await transpose(x, { columns, executor });
      expect(turned).toEqual(loops.transpose(x, { columns }));
      expect(await transpose(turned, { columns: rows, executor })).toEqual(x);
    }
  });

  test("refuses what is no matrix, and its own place", { timeout: LIMIT }, async () => {
    const x = new Float64Array(6);
    await expect(transpose(x, { columns: 4 })).rejects.toThrow("x must have a multiple of 4 elements (columns), got 6");
    await expect(transpose(x, { columns: 0 })).rejects.toThrow("columns must be a whole number from 1");
    await expect(transpose(x, { columns: 2, out: x })).rejects.toThrow("out must not overlap x");
  });
});
