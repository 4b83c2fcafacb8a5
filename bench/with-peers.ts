/** A work as it is measured in every place, with the peers that can keep up, and a small one beside those that can't. */
import type { Work } from "allcores/bench";
import { type PeerRow, type PeerWork, peersFor } from "./peers.js";
import type { BareWork } from "./works.js";

/** The same ones for all works of a kind: each is started once. */
const known = new Map<PeerWork, PeerRow[]>();

export function withPeers(kind: PeerWork, work: BareWork, small: BareWork): readonly Work[] {
  const peers = known.get(kind) ?? peersFor(kind);
  known.set(kind, peers);
  return [
    { ...work, peers: peers.filter(({ isSlow }) => !isSlow) },
    { ...small, isSmall: true, peers: peers.filter(({ isSlow }) => isSlow) },
  ];
}
