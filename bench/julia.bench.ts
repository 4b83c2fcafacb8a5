/** A Julia set. */
import type { Bench } from "allcores/bench";
import { withPeers } from "./with-peers.js";
import { julia } from "./works.js";

const QUICK = withPeers("fractal", julia(360, 240), julia(30, 20));
const FULL = withPeers("fractal", julia(1152, 768), julia(150, 100));

export default { works: (size) => (size === "quick" ? QUICK : FULL) } satisfies Bench;
