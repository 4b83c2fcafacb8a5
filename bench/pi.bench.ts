/** Pi by sampling. */
import type { Bench } from "allcores/bench";
import { withPeers } from "./with-peers.js";
import { sampling } from "./works.js";

const SAMPLES = { quick: 9.6e6, full: 9.6e7 };
const FEW = { quick: 1e5, full: 1e6 };

export default { works: (size) => withPeers("pi", sampling(SAMPLES[size]), sampling(FEW[size])) } satisfies Bench;
