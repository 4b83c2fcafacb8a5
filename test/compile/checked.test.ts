/** Checked builds: wrong indices are found, named by array, index, length and line, and nothing else changes. */
import { heap, KernelError, SerialExecutor } from "allcores";
import { buildKernels, compileKernels } from "allcores/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { everyExecutor, shared } from "../executors/all.js";
import { root } from "../package/consumer.js";
import { compiled, newFolder, written } from "./sources.js";

type Run = (begin: number, end: number, ...args: unknown[]) => void;

/** Arrays of five elements for items of one, but for Rows and Blocks: by type, how each way to element i is written. */
const WAYS = {
  Ptr: {
    read: "sink(x[i])",
    write: "x[i] = 1",
    from: "sink(x.from(2)[i - 2])",
    "write from": "x.from(2)[i - 2] = 1",
    load: "sink(load<f64>(x.at(i)))",
    store: "store<f64>(x.at(i), 1)",
    vector: "sink(f64x2.extract_lane(v128.load(x.at(i - 1)), 1))",
    step: "let p = x; for (let k = 0; k < 2; k++) p = p.from(1); sink(p[i - 2])",
    address: "let p = x.at(0); p += i * 8; sink(load<f64>(p))",
    field: "new Box(x).set(i)",
    generic: "set<Ptr<f64>>(x, i)",
    returned: "same(x, i == 77)[i] = 1",
  },
  Whole: { read: "sink(x[i])", from: "sink(x.from(2)[i - 2])", load: "sink(load<f64>(x.at(i)))" },
  Shared: { load: "sink(x.load(i))", store: "x.store(i, 1)", add: "x.add(i, 1)", max: "x.max(i, 1)" },
  Rows: { read: "sink(x[i])", write: "x[i] = 1", from: "sink(x.from(2)[i - 2])", store: "store<f64>(x.at(i), 1)" },
  Blocks: { read: "sink(x[i])", write: "x[i] = 1", from: "sink(x.from(2)[i - 2])", store: "store<f64>(x.at(i), 1)" },
  scratch: { read: "sink(x[i])", write: "x[i] = 1", from: "sink(x.from(2)[i - 2])" },
} as const;

const cases = Object.entries(WAYS).flatMap(([type, ways]) =>
  Object.entries(ways).map(([way, code]) => ({ type, way, code, name: `${type}_${way.replace(" ", "_")}` })),
);

const HEAD = `
class Box { constructor(public x: Ptr<f64>) {} set(i: i32): void { this.x[i] = 1; } }
function set<A>(x: A, i: i32): void { x[i] = 1; }
function same(x: Ptr<f64>, other: bool): Ptr<f64> { if (other) return x.from(1); return x; }
function sink(value: f64): void { if (value == 12345) throw new Error("not there"); }
`;
const LINE = HEAD.split("\n").length;
/** A kernel a line. */
const SOURCE = `${HEAD}${cases
  .map(({ type, name, code }) => {
    const x = type === "scratch" ? "" : `x: ${type}<f64>, `;
    const made = type === "scratch" ? "const x = scratch<f64>(5); " : "";
    return `export function ${name}(begin: i32, end: i32, ${x}i: i32): void { ${made}${code}; }`;
  })
  .join("\n")}`;

let plain: Record<string, never>;
let checked: Record<string, never>;
let optimised: Record<string, never>;
beforeAll(async () => {
  plain = (await compiled(SOURCE)) as typeof plain;
  checked = (await compiled(SOURCE, { checked: true, optimize: 0 })) as typeof plain;
  optimised = (await compiled(SOURCE, { checked: true })) as typeof plain;
}, 60_000);

describe.each(cases)("$type, $way", ({ type, name, way }) => {
  /** One item has all five elements, and its grain makes it one call. */
  const run = (kernels: Record<string, never>, i: number, x = heap.float64(5)) =>
    new SerialExecutor().parallelFor(kernels[name] as never, 1, [...(type === "scratch" ? [] : [x]), i] as never);

  // An address of the kernel's own arithmetic has lost what it was computed from.
  it.each(way === "address" ? [5, -1] : [5, 8, -1, -100_000, 2 ** 29 + 1, 2 - 2 ** 31])("index %d is found, and named", async (i) => {
    for (const kernels of [checked, optimised]) {
      const error = await run(kernels, i).catch((error) => error);
      expect(error).toBeInstanceOf(KernelError);
      const line = LINE + cases.findIndex((one) => one.name === name);
      const place = `kernels\\.ts:${["field", "generic"].includes(way) ? (way === "field" ? 2 : 3) : line}:\\d+`;
      const array = type === "scratch" ? "scratch<f64>" : "x";
      const index = way === "vector" && i !== 5 ? i - 1 : i;
      expect(error.message).toMatch(
        new RegExp(
          `^${name} \\(kernels\\.ts\\) failed on items \\[0, 1\\) at ${place}: RangeError: index ${index} is outside ${array}, which has 5 elements$`,
        ),
      );
    }
  });

  it("right ones do what they did", async () => {
    for (const i of [0, 2, 4]) {
      const outcomes = [];
      for (const kernels of [plain, checked, optimised]) {
        const x = heap.float64([0, 0, 0, 0, 0]);
        await run(kernels, i, x).catch((error) => error);
        outcomes.push([...x]);
      }
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[2]).toEqual(outcomes[0]);
    }
  });
});
