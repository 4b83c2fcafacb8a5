/** Fourier transforms, as plain loops: a recursion over the prime factors of n. */
import type { Float, Plain } from "../types.js";

export function fft<T extends Float>(x: T): Plain<T> {
  return typed(x, transform(Float64Array.from(x), 1));
}

export function ifft<T extends Float>(x: T): Plain<T> {
  return typed(
    x,
    transform(Float64Array.from(x), -1).map((value) => value / (x.length / 2)),
  );
}

export function rfft<T extends Float>(x: T): Plain<T> {
  const complex = new Float64Array(2 * x.length);
  for (let i = 0; i < x.length; i++) complex[2 * i] = x[i] as number;
  return typed(x, transform(complex, 1).subarray(0, x.length + 2));
}

export function irfft<T extends Float>(x: T): Plain<T> {
  const n = x.length - 2;
  const complex = new Float64Array(2 * n);
  for (let k = 0; k <= n / 2; k++) {
    const isReal = k === 0 || k === n / 2;
    const [re, im] = [x[2 * k] as number, isReal ? 0 : (x[2 * k + 1] as number)];
    complex.set([re, im], 2 * k);
    if (!isReal) complex.set([re, -im], 2 * (n - k));
  }
  return typed(
    x,
    transform(complex, -1)
      .filter((_, i) => i % 2 === 0)
      .map((value) => value / n),
  );
}

function typed<T extends Float>(x: T, values: Float64Array): Plain<T> {
  return new (x.constructor as Float64ArrayConstructor)(values) as Plain<T>;
}

/** @param sign of the angles: 1 forward, -1 back */
function transform(x: Float64Array, sign: number): Float64Array {
  const n = x.length / 2;
  if (n <= 1) return x;
  let radix = 2;
  while (n % radix !== 0) radix++;
  const m = n / radix;
  const parts = Array.from({ length: radix }, (_, i) => {
    const part = new Float64Array(2 * m);
    for (let j = 0; j < m; j++) part.set(x.subarray(2 * (j * radix + i), 2 * (j * radix + i) + 2), 2 * j);
    return transform(part, sign);
  });
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < radix; i++) {
      const angle = (-2 * Math.PI * sign * ((i * k) % n)) / n;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const part = parts[i] as Float64Array;
      const [re, im] = [part[2 * (k % m)] as number, part[2 * (k % m) + 1] as number];
      out[2 * k] = (out[2 * k] as number) + re * c - im * s;
      out[2 * k + 1] = (out[2 * k + 1] as number) + re * s + im * c;
    }
  }
  return out;
}
