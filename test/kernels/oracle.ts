/**
 * Plain, slow implementations of what the kernels are defined to compute. Nothing is shared with src or assembly: the
 * definitions are in the header comments of assembly/kernels/*.ts.
 */

const MASK = 2n ** 64n - 1n;

function mix(z: bigint): bigint {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** Hits among the first `samples` points of the stream of `seed`: about 0.1 us a sample. */
export function piHits(samples: number, seed: bigint): number {
  let hits = 0;
  for (let block = 0; block * 2 ** 20 < samples; block++)
    hits += piBlockHits(block, Math.min(2 ** 20, samples - block * 2 ** 20), seed);
  return hits;
}

/** Hits among the first `samples` points of one block. */
export function piBlockHits(block: number, samples: number, seed: bigint): number {
  const k0 = mix((seed + 0x243f6a8885a308d3n) & MASK);
  const k1 = mix((seed + 0x13198a2e03707344n) & MASK);
  const words = Array.from({ length: 8 }, (_, i) => {
    const index = BigInt(block) * 8n + BigInt(i);
    return mix((mix((k0 + index * 0x9e3779b97f4a7c15n) & MASK) + k1) & MASK);
  });
  const s = words.flatMap((word) => [Number(word & 0xffffffffn), Number(word >> 32n)]);
  const generators = [0, 1, 2, 3].map((lane) => {
    const [a, b, c, counter] = [0, 4, 8, 12].map((offset) => s[offset + lane]) as [number, number, number, number];
    return sfc32(a, b, c, counter);
  });

  let hits = 0;
  for (let first = 0; first < samples; first += 4) {
    const xs = generators.map((draw) => (draw() + 0.5) / 2 ** 32);
    const ys = generators.map((draw) => (draw() + 0.5) / 2 ** 32);
    xs.forEach((x, lane) => {
      const y = ys[lane] as number;
      if (first + lane < samples && x * x + y * y <= 1) hits++;
    });
  }
  return hits;
}

function sfc32(a: number, b: number, c: number, counter: number): () => number {
  return () => {
    const out = (a + b + counter) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + out) >>> 0;
    counter = (counter + 1) >>> 0;
    return out;
  };
}

/** What `fractalCounts` draws; the grid is numpy's linspace, from start to end inclusive. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly re: readonly [number, number];
  readonly im: readonly [number, number];
  readonly maxIterations: number;
  /** Julia's constant; without it, Mandelbrot. */
  readonly c?: readonly [number, number];
}

/** Escape-time counts, row by row. */
export function fractalCounts({ width, height, re, im, maxIterations, c }: Picture): Int32Array {
  const counts = new Int32Array(width * height);
  const reStep = width === 1 ? 0 : (re[1] - re[0]) / (width - 1);
  const imStep = height === 1 ? 0 : (im[1] - im[0]) / (height - 1);
  for (let row = 0; row < height; row++)
    for (let x = 0; x < width; x++) {
      let zr = x * reStep + re[0];
      let zi = row * imStep + im[0];
      const [cr, ci] = c ?? [zr, zi];
      let count = 0;
      while (count < maxIterations) {
        const t = zr * zi;
        [zr, zi] = [zr * zr - zi * zi + cr, t + t + ci];
        const survives = zr * zr + zi * zi <= 4;
        if (!survives) break;
        count++;
      }
      counts[row * width + x] = count;
    }
  return counts;
}
