/** Arrays of random numbers, as they are made without a seed: others each time. */
import type { Float, Int } from "../types.js";

export function uniform<T extends Float>(out: T, { low = 0, high = 1 } = {}): T {
  for (let i = 0; i < out.length; i++) out[i] = low + (high - low) * Math.random();
  return out;
}

/** By Box and Muller. */
export function normal<T extends Float>(out: T, { mean = 0, std = 1 } = {}): T {
  for (let i = 0; i < out.length; i += 2) {
    const [radius, angle] = [std * Math.sqrt(-2 * Math.log(1 - Math.random())), 2 * Math.PI * Math.random()];
    out[i] = mean + radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = mean + radius * Math.sin(angle);
  }
  return out;
}

export function integers<T extends Int>(out: T, { low = 0, high }: { low?: number; high: number }): T {
  for (let i = 0; i < out.length; i++) out[i] = low + Math.floor((high - low) * Math.random());
  return out;
}
