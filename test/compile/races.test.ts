/**
 * What the language and its library do with memory of their own, with four workers at once: whatever lies at one address
 * for all of them (as the parts of template literals and the digits of numbers once did) gives other results than one.
 */
import { heap, type Kernel, SerialExecutor, ThreadExecutor } from "allcores";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compiled } from "./sources.js";

const N = 20_000;

/** Statements that make a text `s` for item `i`. */
const BODIES: Record<string, string> = {
  cases: `s = "straße ŉ".toUpperCase() + "ΑΣ".toLowerCase() + i.toString();`,
  floats: `s = [<f64>i / 3, <f64>i * 1e20, 1e-7].join(",") + (<f32>i / 7).toString();`,
  integers: `s = [i, i * 2, -i].join(";") + i.toString(36) + (<u64>i * 77777777777).toString(7);`,
  strings: `s = ["a", i.toString(), "b"].join("-") + "x,y".split(",").reverse().join(i.toString());`,
  replaced: `s = "ab".repeat(i % 5) + "abc".replaceAll("b", i.toString()).padStart(12, "*");`,
  nested: `s = [[i, 1], [2, i]].toString() + [i % 2 == 0, i % 3 == 0].join("");`,
  parsed: `s = parseFloat("1" + i.toString() + ".25e3").toString() + parseInt("0x" + i.toString(16)).toString();`,
  encoded: `s = encodeURIComponent("ä " + i.toString()) + String.UTF8.decode(String.UTF8.encode("é" + i.toString()));`,
  sorted: `const a = new Array<i32>(); for (let j = 0; j < 99; j++) a.push((j * 7919 + i) % 109); a.sort((x, y) => x - y); s = a.join();`,
  maps: `const m = new Map<string, i32>(); for (let j = 0; j < 9; j++) m.set((j * i).toString(), j); s = m.keys().join(",");`,
  sets: `const m = new Set<f64>(); for (let j = 0; j < 9; j++) m.add(<f64>(j * i) / 2); s = m.values().join(",");`,
  lists: `const a: StaticArray<i32> = [1, 2]; a[0] += i; const b: f64[][] = [[1, 2], [3]]; b[1].push(i); s = a[0].toString() + b.toString();`,
  classes: `const x: Base = i % 2 == 0 ? new A(i) : new B(i); s = x.name() + (x instanceof A ? "A" : "n");`,
  functions: `const f = i % 2 == 0 ? twice : thrice; s = [1, 2, 3].map<i32>((x) => x * 2).reduce((a, b) => a + b, f(i)).toString();`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the kernel's
  template: "s = `a${i}b`;",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the kernel's
  templates: "s = `${i}-${i + 1}` + `<${`(${i})`}|${s}|${2.5}>`;",
  dates: `s = new Date(<i64>i * 86400000 * 37).toISOString();`,
  math: `s = (Math.sin(<f64>i * 1e5) + Math.exp(<f64>(i % 50)) + Math.pow(1.1, <f64>(i % 100)) + Mathf.tan(<f32>i * 1e7)).toString();`,
};

const SOURCE = `abstract class Base { constructor(public i: i32) {} abstract name(): string; }
class A extends Base { name(): string { return "A" + this.i.toString(); } }
class B extends Base { name(): string { return "B" + (this.i * 2).toString(); } }
function twice(x: i32): i32 { return x * 2; }
function thrice(x: i32): i32 { return x * 3; }
function hash(s: string): i32 { let h = 7; for (let j = 0; j < s.length; j++) h = h * 31 + s.charCodeAt(j); return h; }
export function size(i: i32): i32 { return \`a\${i}b\${i}\`.length + \`\${i}|\`.length + \`\`.length; }
${Object.entries(BODIES)
  .map(
    ([name, body]) => `export function ${name}(begin: i32, end: i32, out: Ptr<i32>): void {
  for (let i = begin; i < end; i++) { const before = mark(); let s = ""; ${body} out[i] = hash(s); release(before); }
}`,
  )
  .join("\n")}`;

describe("four workers compute what one does", { timeout: 60_000 }, () => {
  let kernels: Record<string, Kernel<(begin: number, end: number, out: Int32Array) => void>>;
  const one = new SerialExecutor();
  const four = new ThreadExecutor({ workers: 4 });
  const [expected, found] = [heap.int32(N), heap.int32(N)];
  beforeAll(async () => {
    kernels = await compiled(SOURCE, { optimize: 1 });
  }, 60_000);
  afterAll(async () => {
    await four.shutdown();
    heap.free(expected);
    heap.free(found);
  });

  it.each(Object.keys(BODIES))("%s", async (name) => {
    const kernel = kernels[name] as (typeof kernels)[string];
    await one.parallelFor(kernel, N, [expected]);
    expect(new Set(expected).size).toBeGreaterThan(1);
    for (let turn = 0; turn < 3; turn++) {
      found.fill(0);
      await four.parallelFor(kernel, N, [found]);
      expect(found.every((hash, i) => hash === expected[i])).toBe(true);
    }
  });

  it("and templates are what they are in JS", async () => {
    const i = 123;
    expect(await one.submit(kernels.size as unknown as Kernel<(i: number) => number>, [i])).toBe(
      `a${i}b${i}`.length + `${i}|`.length,
    );
  });
});
