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

it("a million items that cost nothing take eight chunks a call", () => {
  const calls = slices(1e6, 977, "none", () => {});
  expectWhole(calls, 1e6);
  expect(calls.length).toBeLessThan(300); // 128 and the doublings before, and some more if the machine stops in between
});

it("after cheap items, at most eight chunks of dear ones come in one slice, and then one chunk", () => {
  // From item 1000 on an item takes 0.2 ms, and a chunk of 4 takes 0.8.
  const calls = slices(1200, 4, "none", (begin, end) => spin(0.2 * Math.max(0, end - Math.max(begin, 1000))));
  expectWhole(calls, 1200);
  const [first, ...dear] = calls.filter(([, end]) => end > 1000);
  expect((first?.[1] ?? 0) - (first?.[0] ?? 0)).toBeLessThanOrEqual(32);
  expect(dear.length).toBeGreaterThan(30);
  for (const [begin, end] of dear.slice(1)) expect(end - begin).toBeLessThanOrEqual(4);
});

it("values are kept a chunk each", () => {
  const calls = slices(1000, 10, "value", () => {});
  expect(calls).toEqual(Array.from({ length: 100 }, (_, i) => [10 * i, 10 * i + 10]));
});

/** The sizes of the slices of a kernel that allocates in an arena of 1,000 bytes, and the most that one of them used. */
function slicesBy(n: number, use: (begin: number, end: number) => number, scratch = 0) {
  let used = 0;
  let most = 0;
  const sizes: number[] = [];
  const call = (begin: number, end: number) => {
    sizes.push(end - begin);
    used = use(begin, end);
    most = Math.max(most, used);
  };
  const slicer = new Slicer(call, { n, grain: n, partial: "none" }, () => ({ used, scratch, room: 1000 }));
  slicer.claim(0, 1);
  while (slicer.begin < slicer.end) slicer.step();
  return { sizes, most };
}

it.each<[string, use: (begin: number, end: number) => number, most: number, calls: number]>([
  ["items of 10 bytes", (begin, end) => 10 * (end - begin), 260, 45],
  ["items of 600", (begin, end) => 600 * (end - begin), 600, 1000],
  ["items of 400", (begin, end) => 400 * (end - begin), 800, 1000],
  ["a call of 450 bytes", () => 450, 450, 20],
  ["a call of 450, and items of 1", (begin, end) => 450 + end - begin, 600, 20],
  ["items that grow", (begin, end) => ((end - begin) * (begin + end)) / 4, 1000, 1000],
])("slices fit the arena: %s", (_, use, most, calls) => {
  const found = slicesBy(1000, use);
  expect(found.most).toBeLessThanOrEqual(most);
  expect(found.sizes.length).toBeLessThanOrEqual(calls);
});

it("scratch of most of the arena, taken before the loop, does not make slices short", () => {
  expect(slicesBy(1000, () => 900, 900).sizes.length).toBeLessThan(20);
});
