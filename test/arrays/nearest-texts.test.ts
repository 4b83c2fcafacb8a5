/** Search among texts, against all distances sorted. */
import { heap, SerialExecutor } from "allcores";
import { nearestTexts, type TextMetric } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();
const METRICS: readonly TextMetric[] = ["levenshtein", "osa", "jaro-winkler"];

/** Texts of few letters, so that they are like each other. */
function textsOf(count: number, longest: number, letters: string, seed = 1): string[] {
  const next = generator(seed);
  const text = () =>
    Array.from({ length: Math.floor((longest + 1) * next()) }, () => letters[Math.floor(letters.length * next())]);
  return Array.from({ length: count }, () => text().join(""));
}

const cases = {
  none: { texts: [] as string[], query: "abc", k: 3 },
  "an empty query": { texts: ["abc", "", "a"], query: "", k: 3 },
  "empty texts": { texts: ["", "", ""], query: "abc", k: 2 },
  "more than there are": { texts: ["abd", "xyz"], query: "abc", k: 9 },
  "64 letters": { texts: textsOf(60, 90, "ab"), query: "ab".repeat(32), k: 5 },
  "65 letters": { texts: textsOf(60, 90, "ab"), query: `${"ab".repeat(32)}a`, k: 5 },
  "beyond Latin-1": { texts: textsOf(200, 12, "aé\u{1f600}ł\ud800"), query: "éał\u{1f600}", k: 9 },
  "many, long": { texts: textsOf(150, 300, "abc"), query: "abcca".repeat(31), k: 4 },
  many: { texts: textsOf(5003, 12, "abcé"), query: "abcaécba", k: 10 },
};

contract(
  METRICS.map((metric) =>
    verb({
      name: `nearestTexts, ${metric}`,
      cases,
      run: async ({ texts, query, k }, { copy: _copy, ...options }) => {
        const on = heap.texts(texts);
        try {
          return await nearestTexts(on, query, { ...options, copy: false, k, metric });
        } finally {
          heap.free(on);
        }
      },
      expected: ({ texts, query, k }) => loops.nearestTexts(texts, query, { k, metric }),
    }),
  ),
);

describe("nearestTexts", () => {
  test("knows the distances of textbooks", { timeout: LIMIT }, async () => {
    const distance = async (a: string, b: string, metric: TextMetric) =>
      (await nearestTexts([a], b, { k: 1, metric, executor })).distances[0] as number;
    expect(await distance("kitten", "sitting", "levenshtein")).toBe(3);
    expect(await distance("ab", "ba", "levenshtein")).toBe(2);
    expect(await distance("ab", "ba", "osa")).toBe(1);
    // Each unit is edited once: Damerau's own distance is 2.
    expect(await distance("ca", "abc", "osa")).toBe(3);
    expect(await distance("MARTHA", "MARHTA", "jaro-winkler")).toBeCloseTo(1 - 0.9611, 4);
    expect(await distance("DIXON", "DICKSONX", "jaro-winkler")).toBeCloseTo(1 - 0.8133, 4);
    expect(await distance("DWAYNE", "DUANE", "jaro-winkler")).toBeCloseTo(1 - 0.84, 4);
  });

  test("finds what the loops find, for queries of any length", { timeout: LIMIT }, async () => {
    const next = generator(3);
    for (let round = 0; round < 60; round++) {
      const letters = round % 3 ? "abcd" : "abłd";
      const longest = round % 4 ? 20 : 200;
      const texts = textsOf(30, longest, letters, round + 1);
      const query = textsOf(1, longest, letters, 1000 + round)[0] as string;
      for (const metric of METRICS) {
        const options = { k: 1 + Math.floor(8 * next()), metric };
        const [found, wanted] = [
          await nearestTexts(texts, query, { ...options, executor }),
          loops.nearestTexts(texts, query, options),
        ];
        expect(found, `${metric} of ${JSON.stringify(query)}`).toEqual(wanted);
      }
    }
  });

  test("swaps neighbours across words", { timeout: LIMIT }, async () => {
    const query = Array.from({ length: 200 }, (_, i) => String.fromCharCode(97 + ((i * i) % 23))).join("");
    const swapped = [1, 63, 64, 127, 128, 190].map(
      (i) => query.slice(0, i - 1) + query[i] + query[i - 1] + query.slice(i + 1),
    );
    const found = await nearestTexts(swapped, query, { k: 9, metric: "osa", executor });
    expect(found).toEqual(loops.nearestTexts(swapped, query, { k: 9, metric: "osa" }));
    expect(Math.max(...found.distances)).toBe(1);
  });

  test("leaves out what is farther than maxDistance", { timeout: LIMIT }, async () => {
    const { texts } = cases.many;
    for (const metric of METRICS)
      for (const [query, maxDistance] of [
        ["abcé", 0],
        ["abcabc", metric === "jaro-winkler" ? 0.1 : 2],
        ["a".repeat(70), 60],
      ] as const) {
        const options = { k: 50, metric, maxDistance };
        const found = await nearestTexts(texts, query, { ...options, executor });
        expect(found).toEqual(loops.nearestTexts(texts, query, options));
      }
    expect((await nearestTexts(texts, "zzzzzzzzz", { k: 3, maxDistance: 1, executor })).ids).toHaveLength(0);
  });

  test("leaves nothing on the heap of strings that it copied", { timeout: LIMIT }, async () => {
    const { used } = heap.stats();
    expect([...(await nearestTexts(["b", "a"], "a", { k: 1, executor })).ids]).toEqual([1]);
    await expect(nearestTexts(["b", 3 as never], "a", { k: 1, executor })).rejects.toThrow("must be a string, got 3");
    expect(heap.stats().used).toBe(used);
  });

  test.each([
    ["no k", () => nearestTexts(["a"], "a", {} as never), "k must be a whole number from 1"],
    ["another query", () => nearestTexts(["a"], 3 as never, { k: 1 }), "query must be a string, got 3"],
    [
      "a long query",
      () => nearestTexts(["a"], "a".repeat(8193), { k: 1 }),
      "query must have at most 8192 UTF-16 units, got 8193",
    ],
    [
      "other texts",
      () => nearestTexts("a" as never, "a", { k: 1 }),
      "texts must be made by heap.texts, or an array of strings",
    ],
    [
      "copies where they are refused",
      () => nearestTexts(["a"], "a", { k: 1, copy: false }),
      "texts must be made by heap.texts, since",
    ],
    ["another metric", () => nearestTexts(["a"], "a", { k: 1, metric: "lev" as never }), "metric must be one of"],
    [
      "a negative distance",
      () => nearestTexts(["a"], "a", { k: 1, maxDistance: -1 }),
      "maxDistance must be a number, 0 or more",
    ],
    [
      "no number for one",
      () => nearestTexts(["a"], "a", { k: 1, maxDistance: "1" as never }),
      "maxDistance must be a number",
    ],
    ["a mistyped option", () => nearestTexts(["a"], "a", { k: 1, limit: 3 } as never), 'unknown option "limit"'],
  ])("refuses %s", { timeout: LIMIT }, async (_name, call, message) => {
    await expect((call as () => Promise<unknown>)()).rejects.toThrow(message);
  });

  test("refuses texts that were freed", { timeout: LIMIT }, async () => {
    const texts = heap.texts(["a"]);
    heap.free(texts);
    await expect(nearestTexts(texts, "a", { k: 1, executor })).rejects.toThrow("texts has been freed");
  });
});
