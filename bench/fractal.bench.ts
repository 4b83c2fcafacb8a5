/** The Mandelbrot set, at few iterations and at many. */
import type { Bench } from "allcores/bench";
import { withPeers } from "./with-peers.js";
import { shallow, whole } from "./works.js";

const QUICK = [
  ...withPeers("fractal", shallow(600, 800), shallow(60, 80)),
  ...withPeers("fractal", whole(150, 200), whole(15, 20)),
];
const FULL = [
  ...withPeers("fractal", shallow(1500, 2000), shallow(225, 300)),
  ...withPeers("fractal", whole(450, 600), whole(60, 80)),
];

export default { works: (size) => (size === "quick" ? QUICK : FULL) } satisfies Bench;
