/** All kinds and outputs of fractals: the JS twin against Wasm, on one core. */
import { type FractalOutput, renderFractal } from "allcores";
import { compare, twins } from "allcores/bench";
import { serial } from "./executors.js";

const kinds = [
  { kind: "mandelbrot" },
  { kind: "julia", c: { re: -0.8, im: 0.156 } },
  { kind: "burning-ship" },
  { kind: "tricorn" },
  { kind: "multibrot", power: 3 },
  { kind: "multibrot", power: 5 },
  { kind: "multibrot", power: 8 },
] as const;
const sizes = [
  { width: 1500, height: 1000, maxIterations: 20 },
  { width: 600, height: 400, maxIterations: 1000 },
];
/** ms a comparison: there are 38. */
const BUDGET = 3000;
const outputs: readonly FractalOutput[] = ["counts", "smooth", "distance"];

export default async function kindsAndOutputs(): Promise<void> {
  for (const { width, height, maxIterations } of sizes) {
    console.log(`\n${width}x${height} @${maxIterations}: Wasm ms, and the JS twin's time divided by it`);
    for (const options of kinds) {
      const cells: string[] = [];
      for (const output of outputs) {
        if (output === "distance" && (options.kind === "burning-ship" || options.kind === "tricorn")) continue;
        const picture = { ...options, width, height, maxIterations, output, executor: serial };
        const name = "power" in options ? `${options.kind} ${options.power}` : options.kind;
        const cases = { js: () => twins.renderFractal(picture), wasm: () => renderFractal(picture) };
        const report = await compare({ name, cases, check: "equal", budget: BUDGET });
        if (report.state === "wrong") throw new Error(`${name}, ${output}: ${report.why}`);
        const [, wasm] = report.cases;
        cells.push(
          `${output} ${wasm?.median.toFixed(1).padStart(6)} ms ${report.ratio.median.toFixed(1).padStart(5)}x`,
        );
      }
      const name = "power" in options ? `${options.kind} ${options.power}` : options.kind;
      console.log(`  ${name.padEnd(14)} ${cells.join("   ")}`);
    }
  }
}
