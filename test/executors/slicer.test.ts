/** How claims are cut: short chunks go together, dear ones do not, and chunks whose values are kept go one by one. */
import { expect, it } from "vitest";
import { Slicer } from "../../dist/executors/slicer.js";

type Calls = (readonly [begin: number, end: number])[];

function slices(
  n: number,
  grain: number,
  partial: "none" | "value",
  work: (begin: number, end: number) => void,
): Calls {
  const calls: Calls = [];
  const call = (begin: number, end: number) => {
    calls.push([begin, end]);
    work(begin, end);
  };
  const slicer = new Slicer(call, { n, grain, partial });
  slicer.claim(0, Math.ceil(n / grain));
  while (slicer.begin < slicer.end) slicer.step();
  return calls;
}

/** Every item once, in order. */
function expectWhole(calls: Calls, n: number): void {
  expect(calls.map(([begin]) => begin)).toEqual([0, ...calls.slice(0, -1).map(([, end]) => end)]);
  expect(calls.at(-1)?.[1]).toBe(n);
}

const spin = (ms: number) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

it("a million items that cost nothing take some dozen calls, not one a chunk", () => {
  const calls = slices(1e6, 977, "none", () => {});
  expectWhole(calls, 1e6);
  expect(calls.length).toBeLessThan(300); // 21 doublings, and a few more if the machine stops in between
});

it("after cheap items, dear ones come in slices of a chunk at most", () => {
  // From item 100,000 on an item takes 1 ms, and a chunk of 4 takes 4.
  const calls = slices(100_040, 4, "none", (begin, end) => spin(Math.max(0, end - Math.max(begin, 100_000))));
  expectWhole(calls, 100_040);
  const dear = calls.filter(([begin]) => begin >= 100_000);
  for (const [begin, end] of dear) expect(end - begin).toBeLessThanOrEqual(4);
});

it("values are kept a chunk each", () => {
  const calls = slices(1000, 10, "value", () => {});
  expect(calls).toEqual(Array.from({ length: 100 }, (_, i) => [10 * i, 10 * i + 10]));
});
