// What `npm run bench` compares. It is loaded in fresh processes, too, to time first calls.
import { heap, jsKernel, SerialExecutor, ThreadExecutor } from "allcores";
import { iterate } from "./dist/kernels.js";

const n = 100_000;
const start = Float64Array.from({ length: n }, (_, i) => (i + 1) / (n + 2));
const x = heap.float64(n);
const one = new SerialExecutor();
const all = new ThreadExecutor();
const twin = jsKernel(new URL("./twins.js", import.meta.url), "iterate");

const run = async (executor, kernel) => {
  x.set(start);
  await executor.parallelFor(kernel, n, [3.7, 100, x]);
};

export default {
  name: `logistic map, ${n} elements`,
  cases: {
    "JS, one core": () => run(one, twin),
    "Wasm, one core": () => run(one, iterate),
    "Wasm, all cores": () => run(all, iterate),
  },
  output: () => x,
  check: "equal",
  budget: 5000,
};
