/**
 * Memory that a kernel gets is zero, however it asks for it, whatever the arena held and however the range was cut: the
 * same kernels in one call, in calls of some items and of one item, on every executor, beside others that leave dirt.
 */
import { heap, type Kernel } from "allcores";
import type { Kernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { executors, shared } from "../executors/all.js";
import { compiled } from "./sources.js";

/** What each item does: statements that leave in `s` what it found in fresh memory (0), or something else to compare. */
const ZERO: Readonly<Record<string, string>> = {
  __new: "s = probe(__new(64, 0), 64);",
  "__new, of any size": "const size = 1 + (i * 997) % 9000; s = probe(__new(size, 0), size);",
  "__renew, the last block": "const p = __new(64, 0); probe(p, 64); s = probe(__renew(p, 512) + 64, 448);",
  "__renew, not the last block":
    "const p = __new(64, 0); probe(p, 64); probe(__new(8, 0), 8); s = probe(__renew(p, 512) + 64, 448);",
  "heap.alloc": "s = probe(heap.alloc(100), 100);",
  "heap.realloc that grows": "const p = heap.alloc(60); probe(p, 60); s = probe(heap.realloc(p, 9000) + 60, 8940);",
  "heap.realloc that grows and moves":
    "const p = heap.alloc(60); probe(p, 60); probe(heap.alloc(4), 4); s = probe(heap.realloc(p, 300) + 60, 240);",
  "heap.realloc within a block, after it shrank":
    "const p = heap.alloc(300); probe(p, 300); probe(heap.alloc(4), 4); heap.realloc(p, 41); s = probe(heap.realloc(p, 300) + 41, 259);",
  "heap.realloc of the last block, after it shrank":
    "const p = heap.alloc(300); probe(p, 300); heap.realloc(p, 41); s = probe(heap.realloc(p, 300) + 41, 259);",
  "heap.alloc after heap.free":
    "const p = heap.alloc(300); probe(p, 300); heap.free(p); s = probe(heap.alloc(300), 300);",
  "what release gives back, little":
    "const m = mark(); probe(heap.alloc(90), 90); release(m); s = probe(heap.alloc(90), 90);",
  "what release gives back, some":
    "const m = mark(); probe(heap.alloc(900), 900); release(m); s = probe(heap.alloc(900), 900);",
  "what release gives back, much":
    "const m = mark(); probe(heap.alloc(9000), 9000); release(m); s = probe(heap.alloc(9000), 9000);",
  "what release gives back of scratch":
    "const m = mark(); probe(scratch<u8>(9000).at(0), 9000); release(m); s = probe(heap.alloc(9000), 9000);",
  "after scratch": "probe(scratch<u8>(500).at(0), 500); s = probe(heap.alloc(500), 500);",
  "a class's fields": "const p = new Plain(); s = probe(changetype<usize>(p), offsetof<Plain>());",
  "an unmanaged class": "const p = new Bare(); s = probe(changetype<usize>(p), offsetof<Bare>());",
  "new Array": "const a = new Array<i32>(30); s = probe(a.dataStart, 120);",
  "an Array's room behind its end":
    "const a = new Array<i32>(); for (let k = 0; k < 9; k++) a.push(0); s = probe(a.dataStart, 64);",
  "an Array that is made longer":
    "const a = new Array<i32>(3); probe(a.dataStart, 12); a.length = 200; s = probe(a.dataStart + 12, 788);",
  "new StaticArray": "const a = new StaticArray<f64>(30); s = probe(changetype<usize>(a), 240);",
  "typed arrays": "const a = new Float64Array(30); s = probe(a.dataStart, 240);",
  ArrayBuffer: "const a = new ArrayBuffer(5000); s = probe(changetype<usize>(a), 5000);",
};
/** The same for what is made of values. `js`: the right one. */
const VALUE: Readonly<Record<string, { statements: string; js(i: number): number }>> = {
  "a text built of numbers": {
    statements: 'let t = ""; for (let k = 0; k < 20; k++) t += (i * k).toString() + ","; s = hash(t);',
    js: (i) => hash(Array.from({ length: 20 }, (_, k) => `${i * k},`).join("")),
  },
  "replaceAll, padding and templates": {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a kernel's text
    statements: 's = hash(`<${"a-b-c".replaceAll("-", "+".repeat(i % 5)).padStart(30, "xy")}>` + "ab".repeat(i % 7));',
    js: (i) => hash(`<${"a-b-c".replaceAll("-", "+".repeat(i % 5)).padStart(30, "xy")}>${"ab".repeat(i % 7)}`),
  },
  "bytes of a text": {
    statements:
      'const b = Uint8Array.wrap(String.UTF8.encode("é" + i.toString())); s = b.length; for (let k = 0; k < b.length; k++) s = s * 31 + b[k];',
    js: (i) =>
      [...new TextEncoder().encode(`é${i}`)].reduce(
        (s, byte) => (Math.imul(s, 31) + byte) | 0,
        new TextEncoder().encode(`é${i}`).length,
      ),
  },
  "Map and Set": {
    statements: `const m = new Map<i32, i32>(); const t = new Set<i32>();
      for (let k = 0; k < 40; k++) { m.set(k % 17, (m.has(k % 17) ? m.get(k % 17) : 0) + i); t.add((i * k) % 13); }
      const v = m.values(); for (let k = 0; k < v.length; k++) s += v[k] * (k + 1); s = s * 100 + t.size;`,
    js: (i) => {
      const m = new Map<number, number>();
      const t = new Set<number>();
      for (let k = 0; k < 40; k++) {
        m.set(k % 17, (m.get(k % 17) ?? 0) + i);
        t.add((i * k) % 13);
      }
      return [...m.values()].reduce((s, v, k) => s + v * (k + 1), 0) * 100 + t.size;
    },
  },
  "sorting, slices and joining": {
    statements:
      'const a = new Array<i32>(60); for (let k = 0; k < 60; k++) a[k] = (k * (i + 3)) % 101; a.sort(); s = hash(a.slice(5, 50).concat(a).join(" "));',
    js: (i) => {
      const a = Array.from({ length: 60 }, (_, k) => (k * (i + 3)) % 101).sort((x, y) => x - y);
      return hash(a.slice(5, 50).concat(a).join(" "));
    },
  },
};
function hash(text: string): number {
  return [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 0);
}

const N = 60;
type Fresh = Record<string, (begin: number, end: number, out: Int32Array) => number>;
const rows = [
  ...Object.entries(ZERO).map(([name, statements]) => ({ name, statements, js: (_: number) => 0 })),
  ...Object.entries(VALUE).map(([name, row]) => ({ name, ...row })),
]
  .map((row, i) => ({ ...row, kernel: `k${i}` }))
  .concat({ name: "objects of top-level statements", statements: "", js: () => 3107, kernel: "sealed" });

const SOURCE = `
/** The sum of the bytes, which are dirty afterwards. */
function probe(at: usize, size: usize): i32 {
  let sum = 0;
  for (let k: usize = 0; k < size; k++) sum += load<u8>(at + k);
  memory.fill(at, 0xa5, size);
  return sum;
}
function hash(text: string): i32 {
  let sum = 0;
  for (let k = 0; k < text.length; k++) sum = sum * 31 + text.charCodeAt(k);
  return sum;
}
class Plain { a: f64; b: i32; c: Plain | null; d: StaticArray<i32> | null; e: u8; }
@unmanaged class Bare { a: f64; b: i32; c: u8; }
/** What top-level statements made is as they left it in each call. */
const table = new Array<i32>(3).fill(7);
const totals = new Map<i32, i32>();
totals.set(-5, 1);
/** Leaves dirt in nearly all of the arena. */
export function dirty(begin: i32, end: i32): i32 {
  memory.fill(scratch<u8>(1000000).at(0), 0x5a, 1000000);
  return 0;
}
export function sealed(begin: i32, end: i32, out: Ptr<i32>): i32 {
  const found = table.length * 1000 + totals.size * 100 + table[2];
  for (let i = begin; i < end; i++) { out[i] = found; table.push(i); totals.set(i, i); }
  table[2] = -1;
  return end - begin;
}
${rows
  .filter(({ kernel }) => kernel !== "sealed")
  .map(
    ({ kernel, statements }) => `
export function ${kernel}(begin: i32, end: i32, out: Ptr<i32>): i32 {
  for (let i = begin; i < end; i++) { let s = 0; ${statements} out[i] = s; }
  return end - begin;
}`,
  )
  .join("")}`;

let kernels: Kernels<Fresh>;
beforeAll(async () => {
  kernels = await compiled<Fresh>(SOURCE);
}, 60_000);

describe.each(executors)("on $kind", (row) => {
  const executor = shared(row, 3);

  it.each(rows)("$name", async ({ kernel, js }) => {
    using scope = heap.scope();
    const { it: pool } = executor;
    const [out, dirty] = [scope.int32(N), kernels.dirty as Kernel as Kernel<(begin: number, end: number) => number>];
    const expected = Array.from({ length: N }, (_, i) => js(i));
    const run = kernels[kernel] as Kernel<Fresh[string]>;
    const sum = { combine: (a: number, b: number) => a + b, initial: 0 };
    for (const grain of [N, 7, 1]) {
      await pool.parallelReduce(dirty, 6, [], { ...sum, grain: 1 });
      out.fill(-1);
      expect(await pool.parallelReduce(run, N, [out], { ...sum, grain })).toBe(N); // a call a chunk
      expect([...out], `chunks of ${grain}`).toEqual(expected);
    }
    out.fill(-1);
    await pool.parallelFor(run, N, [out]); // slices of any size
    expect([...out]).toEqual(expected);
  });
});
