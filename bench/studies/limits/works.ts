/** The works that the limits are about: each as it is compared with its peer, and enlarged to over 100 ms on two workers. */
import { type BareWork, brute, julia, sampling, shallow, whole } from "../../works.js";

const square = (size: number, maxIterations: number) => whole(size, size, maxIterations);

export const works = {
  pi: { usual: sampling(4e8), large: sampling(2e9) },
  shallow: { usual: shallow(3000, 4000), large: shallow(6000, 8000) },
  whole: { usual: square(2048, 1000), large: square(4096, 1000) },
  deep: { usual: square(512, 10_000), large: square(1792, 10_000) },
  julia: { usual: julia(1536, 1024), large: julia(3072, 2048) },
  brute: { usual: brute(2048, 2048), large: brute(2048, 2048) },
} as const satisfies Record<string, { usual: BareWork; large: BareWork }>;

export type WorkName = keyof typeof works;
export const workNames = Object.keys(works) as WorkName[];
