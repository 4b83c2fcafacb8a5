// The four examples as cases for compare(): JS and Wasm on one core, Wasm on all.
import { heap, jsKernel, SerialExecutor, ThreadExecutor } from "allcores";
import { compileKernels } from "allcores/compile";

const here = (path) => new URL(path, import.meta.url);
const one = new SerialExecutor();
export const all = new ThreadExecutor();

/** Numbers from 0 to 1, the same each time. */
function numbers(type, length, scale = 1, from = 0) {
  const array = heap[type](length);
  let state = length;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    array[i] = from + (scale * state) / 2 ** 32;
  }
  return array;
}

async function cases(file, name, n, args, { grain, ...options }) {
  const kernels = await compileKernels(here(`./assembly/${file}.ts`));
  const twin = jsKernel(here(`./${file}.twin.js`), name);
  const wasm = kernels[name];
  return {
    cases: {
      "JS, one core": () => one.parallelFor(twin, n, args, { grain }),
      "Wasm, one core": () => one.parallelFor(wasm, n, args, { grain }),
      "Wasm, all cores": () => all.parallelFor(wasm, n, args, { grain }),
    },
    budget: 6000,
    ...options,
  };
}

/** European options, 0.5 to 1.5 of 100 each, up to two years. */
export async function blackScholes(n = 1_000_000) {
  const [spot, strike] = [numbers("float64", n, 100, 50), numbers("float64", n, 90, 55)];
  const years = numbers("float64", n, 2, 0.01);
  const out = [heap.float64(n), heap.float64(n)];
  return cases("black-scholes", "blackScholes", n, [0.02, 0.3, spot, strike, years, ...out], {
    name: `Black-Scholes, ${n} options`,
    output: () => out,
    check: { tolerance: 1e-9, reason: "exp and log of Wasm and of V8 differ in their last bit" },
  });
}

/** Bodies in a cube. */
export async function nBody(n = 4096) {
  const places = [n + 2, n + 4, n + 6].map((length) => numbers("float64", length).subarray(0, n));
  const out = [heap.float64(n), heap.float64(n), heap.float64(n)];
  return cases("n-body", "accelerations", n, [n, ...places, numbers("float64", n, 1, 0.1), ...out], {
    name: `N-body, ${n} bodies`,
    output: () => out,
    check: { tolerance: 1e-9, reason: "two lanes add in another order" },
  });
}

/** A picture of size x size by 25 weights. */
export async function convolution(size = 2048) {
  const image = numbers("float32", (size + 4) ** 2);
  const out = heap.float32(size * size);
  return cases("convolution", "convolve", size, [size, image, numbers("float32", 25), out], {
    name: `5x5 convolution, ${size}x${size}`,
    grain: 16,
    output: () => out,
    check: "equal",
  });
}

/** Square matrices. */
export async function matrix(size = 512) {
  const out = heap.float64(size * size);
  const [a, b] = [numbers("float64", size * size), numbers("float64", size * size, 1, -0.5)];
  return cases("matrix", "multiply", size, [size, size, a, b, out], {
    name: `matrix product, ${size} cubed`,
    grain: 16, // rows that come together are the faster
    output: () => out,
    check: "equal",
  });
}
