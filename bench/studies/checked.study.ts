/** What checked builds cost, and what lengths do: both forms in turns, one core, serial. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { heap, type Kernel } from "allcores";
import { compileKernels } from "allcores/compile";
import { quantile } from "../../dist/bench/statistics.js";
import { serial } from "./executors.js";

const SOURCE = `import { Ptr, Whole, Rows, scratch } from "allcores/assembly";
export function saxpy(begin: i32, end: i32, a: f32, x: Ptr<f32>, y: Ptr<f32>): void {
  for (let i = begin; i < end; i++) y[i] = a * x[i] + y[i];
}
export function four(begin: i32, end: i32, a: f32, x: Ptr<f32>, y: Ptr<f32>): void {
  const factor = f32x4.splat(a);
  for (let i = begin; i + 4 <= end; i += 4)
    v128.store(y.at(i), f32x4.add(f32x4.mul(factor, v128.load(x.at(i))), v128.load(y.at(i))));
}
export function bins(begin: i32, end: i32, x: Ptr<i32>): void {
  const counts = scratch<i32>(256);
  for (let i = begin; i < end; i++) counts[x[i] & 255]++;
}
export function count(begin: i32, end: i32, n: i32, x: Whole<f64>, out: Ptr<f64>): void {
  for (let k = begin; k < end; k++) { let sum: f64 = 0; for (let i = 0; i < n; i++) sum += x[i]; out[k] = sum; }
}
export function length(begin: i32, end: i32, n: i32, x: Whole<f64>, out: Ptr<f64>): void {
  for (let k = begin; k < end; k++) { let sum: f64 = 0; for (let i = 0; i < x.length; i++) sum += x[i]; out[k] = sum; }
}
function sumOf(x: Ptr<f64>, n: i32): f64 { let sum: f64 = 0; for (let i = 0; i < n; i++) sum += x[i]; return sum; }
function sumOfAll(x: Ptr<f64>): f64 { let sum: f64 = 0; for (let i = 0; i < x.length; i++) sum += x[i]; return sum; }
export function widths(begin: i32, end: i32, width: i32, x: Ptr<f64>, out: Ptr<f64>): void {
  for (let k = begin; k < end; k++) out[k] = sumOf(x.from(k * width), width);
}
export function rows(begin: i32, end: i32, width: i32, x: Rows<f64>, out: Ptr<f64>): void {
  for (let k = begin; k < end; k++) out[k] = sumOfAll(x.row(k));
}
`;
const ROUNDS = 400;

type Kernels = Readonly<Record<string, Kernel>>;
type Call = readonly [name: string, n: number, args: readonly unknown[]];

const examples = new URL("../../examples/kernels/assembly/", import.meta.url);

/** Medians of the ratio of neighbours, and of the times. */
async function report(label: string, forms: readonly [Kernel, Kernel], [, n, args]: Call): Promise<void> {
  const time = async (kernel: Kernel) => {
    const start = performance.now();
    await serial.parallelFor(kernel as never, n, args as never);
    return performance.now() - start;
  };
  const ratios: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const [first, second] = round % 2 === 0 ? [0, 1] : [1, 0];
    const ms = [0, 0];
    for (const i of [first, second] as const) ms[i] = await time(forms[i] as Kernel);
    if (round < ROUNDS) continue; // V8 optimises
    ratios.push((ms[1] as number) / (ms[0] as number));
    times.push(ms[0] as number);
  }
  console.log(
    `  ${label.padEnd(34)} ${quantile(times, 0.5).toFixed(3)} ms, the other ${quantile(ratios, 0.5).toFixed(2)} of it`,
  );
}

export default async function checkedBuilds(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "allcores-study-"));
  const own = join(folder, "own.ts");
  writeFileSync(own, SOURCE);
  const floats = (length: number) => heap.float64(length).fill(0.5);
  const many = (count: number, length: number) => Array.from({ length: count }, () => floats(length));
  const [x, y] = [heap.float32(20_000), heap.float32(20_000)];
  const calls: Readonly<Record<string, readonly Call[]>> = {
    [pathToFileURL(own).href]: [
      ["saxpy", 20_000, [0.5, x, y]],
      ["four", 20_000, [0.5, x, y]],
      ["bins", 20_000, [heap.int32(20_000)]],
    ],
    [new URL("black-scholes.ts", examples).href]: [["blackScholes", 4000, [0.02, 0.3, ...many(5, 4000)]]],
    [new URL("n-body.ts", examples).href]: [["accelerations", 512, [512, ...many(7, 512)]]],
    [new URL("matrix.ts", examples).href]: [["multiply", 100, [100, 100, ...many(3, 10_000)]]],
    [new URL("convolution.ts", examples).href]: [
      ["convolve", 128, [128, heap.float32(132 * 132), heap.float32(25), heap.float32(128 * 128)]],
    ],
  };
  try {
    const compile = (url: string, checked: boolean) =>
      compileKernels(new URL(url), { checked, cache: false }) as Promise<Kernels>;
    console.log("\nplain, and checked");
    for (const [url, some] of Object.entries(calls)) {
      const [plain, checked] = [await compile(url, false), await compile(url, true)];
      for (const call of some) await report(call[0], [plain[call[0]] as Kernel, checked[call[0]] as Kernel], call);
    }
    console.log("\nby an argument, and by the array's length");
    const { count, length, widths, rows } = await compile(pathToFileURL(own).href, false);
    const out = floats(2500);
    await report(
      "a loop over 20,000 elements",
      [count as Kernel, length as Kernel],
      ["", 4, [20_000, floats(20_000), floats(4)]],
    );
    await report("rows of 8, in a function", [widths as Kernel, rows as Kernel], ["", 2500, [8, floats(20_000), out]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
