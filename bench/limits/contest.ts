/** Several sides do the same work: first the outcomes are compared, then the times, in turns. */
import { compareCases, OwnTime } from "../sampler.js";
import type { Asked, Row } from "./row.js";
import type { Work } from "./works.js";

/** One who does a work. */
export interface Contestant {
  readonly who: string;
  readonly work: Work;
  readonly asked?: Asked;
  /** Does it. @returns what came out, on demand; and the time it took, where it can tell better than its caller */
  run(): Promise<Done> | Done;
}

export interface Done {
  readonly outcome: () => string;
  readonly ms?: number;
}

/** Rows of all others against the peer: none has times whose outcome is not the peer's. */
export async function contest(peer: Contestant, others: readonly Contestant[], rounds = 9): Promise<Row[]> {
  const expected = (await peer.run()).outcome();
  const wrong = new Map<Contestant, string>();
  for (const other of others) {
    const outcome = (await other.run()).outcome();
    if (!other.work.agree(outcome, expected)) wrong.set(other, `${outcome}, but ${peer.who} has ${expected}`);
  }
  const correct = [peer, ...others.filter((other) => !wrong.has(other))];
  const timed = correct.map(
    ({ run }, i) =>
      [
        String(i),
        async () => {
          const { ms } = await run();
          return ms === undefined ? undefined : new OwnTime(ms);
        },
      ] as const,
  );
  const [first, ...times] = await compareCases(Object.fromEntries(timed), rounds);
  const peerSide = { who: peer.who, ms: first?.ms ?? Number.NaN };
  return others.map((other): Row => {
    const { who, work, asked } = other;
    const why = wrong.get(other);
    if (why !== undefined) return { work: work.name, asked, state: "wrong", why: `${who} computed ${why}` };
    const { ms, ratio } = times[correct.indexOf(other) - 1] as { ms: number; ratio: number };
    const wanted = asked && "atMost" in asked ? 1 / ratio : ratio;
    return { work: work.name, asked, state: "measured", ours: { who, ms }, peer: peerSide, ratio: wanted };
  });
}
