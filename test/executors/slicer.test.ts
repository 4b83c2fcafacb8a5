/** How claims are cut: short chunks go together, dear ones do not, and chunks whose values are kept go one by one. */
import { expect, it } from "vitest";
import { Slicer } from "../../dist/worker/slicer.js";

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

/** Bytes of the arena of these tests. */
const ROOM = 1_000_000;

/**
 * How many slices a kernel that allocates is cut into, and the most bytes that one of them used: `before` for each call,
 * and what `each` says for each item.
 */
function slicesBy(n: number, before: number, each: (i: number) => number) {
  let used = 0;
  let most = 0;
  let calls = 0;
  const call = (begin: number, end: number) => {
    calls++;
    used = before;
    for (let i = begin; i < end; i++) used += each(i);
    most = Math.max(most, used);
  };
  const slicer = new Slicer(call, { n, grain: n, partial: "none" }, () => ({ used, room: ROOM }));
  slicer.claim(0, 1);
  while (slicer.begin < slicer.end) slicer.step();
  return { calls, most };
}

it.each<[string, n: number, before: number, each: (i: number) => number, calls: number]>([
  ["items of 10 bytes", 1000, 0, () => 10, 25],
  ["items of 10 kB", 1000, 0, () => 1e4, 70],
  ["items of a third of it", 1000, 0, () => 3.3e5, 1000],
  ["items of four tenths", 1000, 0, () => 4e5, 1000],
  ["items of six tenths", 1000, 0, () => 6e5, 1000],
  ["a call of three tenths", 1000, 3e5, () => 0, 25],
  ["a call of three tenths, and items of 1 kB", 1000, 3e5, () => 1000, 35],
  ["a call of six tenths", 1000, 6e5, () => 0, 1000],
  ["items that grow", 1000, 0, (i) => 900 * i, 1000],
  ["the first item takes less", 1000, 0, (i) => (i === 0 ? 5e5 : 5.4e5), 1000],
  ["the first item takes far less", 1000, 0, (i) => (i === 0 ? 2e5 : 5.4e5), 1000],
  ["the first items take nothing", 1000, 0, (i) => (i < 7 ? 0 : 5.4e5), 1000],
  ["after steady ones half as much again", 1000, 0, (i) => (i < 8 ? 3.3e5 : 4.9e5), 1000],
  ["four times as much at any time", 1000, 0, (i) => (i < 500 ? 3e4 : 1.2e5), 1000],
  ["2,500 bytes after none", 10_000, 0, (i) => (i < 5000 ? 0 : 2500), 150],
  ["one of a hundred takes much", 10_000, 0, (i) => (i % 100 === 50 ? 3e5 : 100), 10_000],
  ["cheap ones in between", 1000, 0, (i) => (i % 10 === 0 ? 0 : 5.4e5), 1000],
  ["only the first one takes anything", 10_000, 0, (i) => (i === 0 ? 9e5 : 0), 300],
  ["cheap ones after dear ones", 10_000, 0, (i) => (i < 30 ? 2e5 : 10), 1000],
])("slices fit the arena: %s", (_, n, before, each, most) => {
  const found = slicesBy(n, before, each);
  expect(found.most).toBeLessThanOrEqual(ROOM);
  expect(found.calls).toBeLessThanOrEqual(most);
});
