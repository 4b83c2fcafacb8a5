/** The works that are measured, each at any size. */
import { type FractalOptions, type Region, renderFractal } from "allcores";
import type { Work } from "allcores/bench";
import { checksum, works as peerWorks } from "./peers.js";

/** A work, without saying who does it besides. */
export type BareWork = Omit<Work, "peers" | "isSmall">;

const SEED = 42;

/** Pi by sampling. */
export function sampling(samples: number): BareWork {
  const { request, answer } = peerWorks.pi;
  return {
    name: `pi, ${samples.toExponential().replace("+", "")} samples`,
    check: {
      tolerance: 5 * Math.sqrt(2 * samples * (Math.PI / 4) * (1 - Math.PI / 4)),
      reason: "different generators draw different points: 5 standard errors of the difference of two counts of hits",
    },
    isRandom: true,
    unit: "sample",
    items: () => samples,
    run: async (computations, executor) => (await computations.estimatePi({ samples, seed: SEED, executor })).hits,
    request: request({ samples, seed: SEED }),
    read: answer,
  };
}

/** The busy loop. */
export function adding(n: number): BareWork {
  const { request, answer } = peerWorks.sum;
  return {
    name: `sum of ${n.toLocaleString("en-US")} numbers`,
    check: "equal",
    unit: "number",
    items: () => n,
    run: (computations, executor) => computations.sumUpTo(n, { executor }),
    request: request({ n }),
    read: answer,
  };
}

/** What to draw: all that a peer must be told. */
type View = Pick<FractalOptions, "width" | "height" | "shortcuts"> & {
  readonly region: Region;
  readonly maxIterations: number;
} & (
    | { readonly kind?: undefined }
    | { readonly kind: "julia"; readonly c: { readonly re: number; readonly im: number } }
  );

/** Counts of a picture, into a heap array. */
function picture(label: string, view: View): BareWork {
  const { width, height, maxIterations } = view;
  const { request, answer } = peerWorks.fractal;
  return {
    name: `${label} ${width}x${height} @${maxIterations}`,
    check: "equal",
    unit: "pixel step",
    items: async (executor) =>
      (await renderFractal({ ...view, executor })).data.reduce((steps, count) => steps + count, 0),
    bytes: width * height * 4,
    outputLength: width * height,
    hasShortcuts: view.shortcuts !== false,
    run: (computations, executor, out) => computations.renderFractal({ ...view, out, executor }),
    request: request(view),
    read: answer,
    digest: checksum,
  };
}

const PART: Region = { re: [-1.5, 0], im: [-1, 0] };
const WHOLE: Region = { re: [-2, 0.5], im: [-1.25, 1.25] };
const JULIA: Region = { re: [-1.5, 1.5], im: [-1, 1] };

/** A part with little of the Mandelbrot set in it, at few iterations. */
export function shallow(width: number, height: number): BareWork {
  return picture("Mandelbrot, a part,", { width, height, region: PART, maxIterations: 20 });
}

/** The whole Mandelbrot set. */
export function whole(width: number, height: number, maxIterations = 1000): BareWork {
  return picture("Mandelbrot", { width, height, region: WHOLE, maxIterations });
}

/** A Julia set. */
export function julia(width: number, height: number): BareWork {
  const c = { re: -0.8, im: 0.156 };
  return picture("Julia", { kind: "julia", c, width, height, region: JULIA, maxIterations: 1000 });
}

/** The whole set, every step of it taken. */
export function brute(width: number, height: number): BareWork {
  const view = { width, height, region: WHOLE, maxIterations: 1000, shortcuts: false };
  return picture("Mandelbrot, no shortcuts,", view);
}
