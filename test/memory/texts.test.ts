/** Strings on the heap: their layout, what is refused, and turns for others while there are many. */
import { heap, MemoryError, SerialExecutor, type Texts } from "allcores";
import { afterEach, describe, expect, it } from "vitest";
import { identity } from "../support/kernels.js";
import { refuses } from "../support/refuses.js";

const empty = heap.stats();
afterEach(() => expect(heap.stats()).toEqual(empty));

const MANY = Array.from({ length: 5000 }, (_, i) => "x".repeat(i % 7) + i);
const ROWS: readonly [what: string, strings: readonly string[], unit: 1 | 2][] = [
  ["none", [], 1],
  ["an empty one", [""], 1],
  ["empty ones", ["", "", ""], 1],
  ["ASCII", ["a", "", "bcd"], 1],
  ["Latin-1", ["é", "ÿ\0", "naïve"], 1],
  ["one beyond Latin-1", ["a", "é", "\u0100"], 2],
  ["pairs and lone surrogates", ["😀", "\ud83d", "\ude00", "x\udfff"], 2],
  ["many", MANY, 1],
  ["many, the last one beyond", [...MANY, "€"], 2],
];

const makers: readonly [string, (strings: readonly string[]) => Texts | Promise<Texts>][] = [
  ["texts", (strings) => heap.texts(strings)],
  ["textsAsync", (strings) => heap.textsAsync(strings)],
  ["textsAsync of an async iterable", (strings) => heap.textsAsync(later(strings))],
];

async function* later(strings: readonly string[]) {
  for (const [i, text] of strings.entries()) {
    if (i % 1000 === 0) await null;
    yield text;
  }
}

describe.each(makers)("heap.%s", (_, make) => {
  it.each(ROWS)("holds %s", async (_, strings, unit) => {
    const texts = await make(strings);
    const { units, offsets, length } = texts;
    expect([length, units.BYTES_PER_ELEMENT, offsets.length]).toEqual([strings.length, unit, length + 1]);
    expect([...texts]).toEqual(strings);
    let end = 0;
    const ends = strings.map((text) => {
      end += text.length;
      return end;
    });
    expect([...offsets]).toEqual([0, ...ends]);
    expect(String.fromCharCode(...units.subarray(0, 1000))).toBe(strings.join("").slice(0, 1000));
    expect([units.byteOffset % 16, units.buffer]).toEqual([0, offsets.buffer]);
    for (const index of [0, 2, -1, length - 1, length, -length - 1, 1.5, NaN])
      expect(texts.at(index)).toBe(strings.at(index));
    heap.free(texts);
  });

  it("refuses what is no string, and names it", async () => {
    await refuses(() => make(["a", 5 as never]), TypeError, /strings\[1\] must be a string, got 5/);
  });
});

describe("texts", () => {
  it("are made of strings in an array, or of an iterable", async () => {
    await refuses(() => heap.texts("abc" as never), TypeError, "strings");
    await refuses(() => heap.textsAsync(7 as never), TypeError, "strings");
    const texts = await heap.textsAsync(new Set(["a", "b"]));
    expect([...texts]).toEqual(["a", "b"]);
    heap.free(texts);
  });

  it("belong to a scope, and are freed once", async () => {
    {
      using scope = heap.scope();
      expect(scope.texts(["a"]).at(0)).toBe("a");
      expect((await scope.textsAsync(["b"])).at(0)).toBe("b");
      expect(heap.stats().allocations).toBe(2);
    }
    const texts = heap.texts(["a"]);
    heap.free(texts);
    await refuses(() => heap.free(texts), RangeError, /freed already/);
  });

  it("are not for JS kernels, which take their arrays", async () => {
    using scope = heap.scope();
    const texts = scope.texts(["abc", "d"]);
    const serial = new SerialExecutor();
    const call = () => serial.submit(identity, [texts]);
    await refuses(call, TypeError, /args\[0\] is texts, .* pass texts\.units and texts\.offsets to a JS kernel/);
    expect(await serial.submit(identity, [texts.units])).toEqual(texts.units);
  });

  it("larger than the heap are a MemoryError", async () => {
    const long = "x".repeat(2 ** 28);
    await refuses(() => heap.texts(Array.from({ length: 20 }, () => long)), MemoryError, /heap\.uint8/);
  });
});

describe("heap.textsAsync", () => {
  it("lets others have their turn, and stops when it is told to", { timeout: 20_000 }, async () => {
    const strings = Array.from({ length: 1_000_000 }, (_, i) => `name ${i}`);
    const controller = new AbortController();
    const reason = new Error("mine");
    const making = heap.textsAsync(strings, { signal: controller.signal });
    let turns = 0;
    const count = () => {
      if (++turns === 5) controller.abort(reason);
      else setImmediate(count);
    };
    setImmediate(count);
    await expect(making).rejects.toBe(reason);
    expect(turns).toBe(5);
  });

  it("stops while an iterable brings nothing", { timeout: 5000 }, async () => {
    const stalled = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const controller = new AbortController();
    const making = heap.textsAsync(stalled, { signal: controller.signal });
    controller.abort("because");
    expect(await making.catch((reason: unknown) => reason)).toBe("because");
    const aborted = heap.textsAsync(["a"], { signal: AbortSignal.abort("before") });
    expect(await aborted.catch((reason: unknown) => reason)).toBe("before");
  });
});
