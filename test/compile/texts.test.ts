/** Strings in kernels: on every executor, in either width of units. */
import { heap, type Kernel, type Texts, type Untyped } from "allcores";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { everyExecutor, shared } from "../executors/all.js";
import { refuses } from "../support/refuses.js";
import { compiled } from "./sources.js";

const SOURCE = `
/** How many units each text has, their sum, and whether it is the same text of others. */
export function look(begin: i32, end: i32, texts: Texts, others: Texts, sizes: Ptr<i32>, sums: Ptr<i32>, same: Ptr<u8>): void {
  for (let i = begin; i < end; i++) {
    const size = texts.size(i);
    let sum = 0;
    for (let k = 0; k < size; k++) sum += texts.unit(i, k);
    sizes[i] = size;
    sums[i] = sum;
    same[i] = u8(texts.equals(i, others, others.length - 1 - i));
  }
}
export function many(texts: Texts): i32 { return texts.length; }
export function bytes(begin: i32, end: i32, x: Whole<u8>): void {}
`;

let kernels: Readonly<Record<string, Kernel<Untyped>>>;
beforeAll(async () => {
  kernels = await compiled(SOURCE);
}, 60_000);
const kernel = (name: string) => kernels[name] as Kernel<Untyped>;

const narrow = Array.from({ length: 300 }, (_, i) => (i % 5 === 0 ? "" : `é${i}`));
const wide = narrow.map((text, i) => (i % 3 === 0 ? `${text}€` : text));
/** A cluster's workers run registered files alone. */
const rows = everyExecutor.filter(({ kind }) => kind !== "cluster");

function scoped() {
  const scope = heap.scope();
  onTestFinished(() => scope[Symbol.dispose]());
  return scope;
}

describe.each(rows)("$kind", (row) => {
  const executor = shared(row);

  it.each([
    ["Latin-1 and Latin-1", narrow, narrow],
    ["Latin-1 and UTF-16", narrow, wide],
    ["UTF-16 and UTF-16", wide, wide],
  ])("%s", async (_, strings, others) => {
    const scope = scoped();
    const n = strings.length;
    const [sizes, sums, same] = [scope.int32(n), scope.int32(n), scope.uint8(n)];
    const args = [scope.texts(strings), scope.texts([...others].reverse()), sizes, sums, same];
    await executor.it.parallelFor(kernel("look"), n, args);
    const unitsOf = (text: string) => Array.from({ length: text.length }, (_, k) => text.charCodeAt(k));
    expect([...sizes]).toEqual(strings.map((text) => text.length));
    expect([...sums]).toEqual(strings.map((text) => unitsOf(text).reduce((a, b) => a + b, 0)));
    expect([...same]).toEqual(strings.map((text, i) => Number(text === others[i])));
    // A plain call in a process takes no arrays of the heap.
    if (row.shares) expect(await executor.it.submit(kernel("many"), [args[0]])).toBe(n);
  });
});

describe("what is refused", () => {
  const executor = shared(rows[0] as (typeof rows)[number]);
  const many = (texts: unknown) => executor.it.submit(kernel("many"), [texts]);

  it.each<[string, () => unknown, RegExp]>([
    ["strings", () => ["a"], /args\[0\] \(texts\) must be texts made by heap\.texts, got an array of 1/],
    [
      "an array of the heap",
      () => scoped().uint8(3),
      /args\[0\] \(texts\) must be texts made by heap\.texts, got Uint8Array\(3\)/,
    ],
  ])("%s in place of texts", async (_, value, message) => {
    await refuses(() => many(value()), TypeError, message);
  });

  it("texts that were freed, and texts for another parameter or kernel", async () => {
    const freed: Texts = heap.texts(["a"]);
    heap.free(freed);
    await refuses(() => many(freed), RangeError, /args\[0\] is a heap array that has been freed/);
    const texts = scoped().texts(["a"]);
    await refuses(
      () => executor.it.parallelFor(kernel("bytes"), 1, [texts]),
      TypeError,
      /\(x\) must be an array made by heap\.uint8/,
    );
  });

  it("freeing texts that a job uses", async () => {
    const texts = heap.texts(narrow);
    const call = many(texts);
    await refuses(() => heap.free(texts), RangeError, /used by a running job/);
    await call;
    heap.free(texts);
  });

  it("an array on another SharedArrayBuffer, with the reason", async () => {
    const array = new Uint8Array(new SharedArrayBuffer(8));
    const message =
      /args\[0\] must lie on the shared heap, got one on another SharedArrayBuffer, which kernels can't reach: Uint8Array\(8\)/;
    await refuses(() => executor.it.parallelFor(kernel("bytes"), 1, [array]), TypeError, message);
  });
});
