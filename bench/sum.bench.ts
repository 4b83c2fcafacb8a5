/** The busy loop. */
import type { Bench } from "allcores/bench";
import { withPeers } from "./with-peers.js";
import { adding } from "./works.js";

const N = { quick: 2 ** 24, full: 2 ** 28 };
const FEW = { quick: 2 ** 17, full: 2 ** 21 };

export default { works: (size) => withPeers("sum", adding(N[size]), adding(FEW[size])) } satisfies Bench;
