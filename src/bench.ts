/** `allcores/bench`: what the Wasm kernels are compared with. */
import { type Computations, computations } from "./compute.js";

export type { Computations };

/** The same computations over plain JS: what a good JS programmer would write, on whichever executor. */
export const twins: Computations = computations("js");
