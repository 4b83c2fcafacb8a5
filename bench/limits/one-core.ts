/** The limits on one core: against native peers and the plain twin, against the bare kernel, and of a first call. */
import { SerialExecutor } from "allcores";
import { twins } from "allcores/bench";
import { Peer, type PeerName } from "../native.js";
import { quantile } from "../sampler.js";
import { bareCall } from "./bare.js";
import { type Contestant, contest } from "./contest.js";
import { inFreshProcess, timeCalls } from "./fresh.js";
import type { Asked, Row } from "./row.js";
import { type Work, type WorkName, workNames, works } from "./works.js";

const serial = new SerialExecutor();

const WHO = {
  pi: "scalar C",
  "pi-avx2": "C, AVX2 by hand",
  fractal: "scalar C",
  "fractal-avx2": "C, AVX2 by hand",
} as const satisfies Record<PeerName, string>;

function allcores(work: Work, asked: Asked): Contestant {
  return { who: "allcores", work, asked, run: async () => ({ outcome: await work.run(serial) }) };
}

function native(name: PeerName, work: Work, peer: Peer): Contestant {
  const run = async () => {
    const { ms, answer } = await peer.ask(work.request);
    return { outcome: () => answer, ms };
  };
  return { who: WHO[name], work, run };
}

/** A row in place of those against a peer that can't be had. */
function missing(name: PeerName, work: Work, why: string, asked?: Asked): Row {
  return { work: work.name, asked, state: "missing", why: `${WHO[name]}: ${why}` };
}

/** The limits of works that a native peer does in one and the same way; a faster peer runs along for information. */
async function againstNative(
  name: "pi" | "fractal",
  limits: Partial<Record<WorkName, number>>,
  rounds?: number,
): Promise<Row[]> {
  const ours = Object.entries(limits).map(([work, atLeast]) => allcores(works[work as WorkName].usual, { atLeast }));
  const [{ work }] = ours as [Contestant];
  const fastName = `${name}-avx2` as const;
  const scalar = await peerOrReason(name);
  if (typeof scalar === "string") return ours.map(({ work, asked }) => missing(name, work, scalar, asked));
  await using _scalar = scalar;
  const fast = await peerOrReason(fastName);
  if (typeof fast === "string")
    return [...(await contest(native(name, work, scalar), ours, rounds)), missing(fastName, work, fast)];
  await using _fast = fast;
  // Awaited here, before the peers end.
  return await contest(native(name, work, scalar), [...ours, native(fastName, work, fast)], rounds);
}

async function peerOrReason(name: PeerName): Promise<Peer | string> {
  try {
    return await Peer.start(name);
  } catch (error) {
    return (error as Error).message.trim();
  }
}

async function againstTwin(work: Work, atLeast: number): Promise<Row[]> {
  const twin = { who: "plain JS", work, run: async () => ({ outcome: await work.run(serial, twins) }) };
  return contest(twin, [allcores(work, { atLeast })]);
}

const KIT_COSTS = 1.05;
/** The jobs that the limit is about: the kit's fixed costs weigh on shorter ones. */
const KIT_MS = 50;

/** The public API against the kernel called in a plain loop. */
async function againstBare({ usual, large }: { usual: Work; large: Work }): Promise<Row[]> {
  await usual.run(serial);
  const started = performance.now();
  await usual.run(serial);
  const work = performance.now() - started < KIT_MS ? large : usual;
  const call = await bareCall((executor) => work.run(executor));
  const bare = { who: "bare kernel", work, run: () => ({ outcome: call() }) };
  return contest(bare, [{ ...allcores(work, { atMost: KIT_COSTS }), who: "public API" }]);
}

const FIRST_CALL_COSTS = 1.3;
const FRESH_PROCESSES = 5;

/** The first call of a fresh process against its later ones. */
function firstCall(name: WorkName): Row {
  const module = new URL("./fresh.js", import.meta.url);
  const runs = Array.from({ length: FRESH_PROCESSES }, () => inFreshProcess(module, timeCalls, [name]));
  const median = (of: (run: { first: number; warm: number }) => number) => quantile(runs.map(of), 0.5);
  return {
    work: works[name].large.name,
    asked: { atMost: FIRST_CALL_COSTS },
    state: "measured",
    ours: { who: "first call", ms: median(({ first }) => first) },
    peer: { who: "warm call", ms: median(({ warm }) => warm) },
    ratio: median(({ first, warm }) => first / warm),
  };
}

/** All rows of one core, measured in this process. */
export async function oneCore(): Promise<Row[]> {
  const rows = [
    await againstNative("pi", { pi: 6 }),
    await againstNative("fractal", { shallow: 5 }),
    // Seconds a round.
    await againstNative("fractal", { whole: 38, brute: 6 }, 5),
    await againstNative("fractal", { deep: 65 }, 5),
    await againstTwin(works.julia.usual, 2.6),
  ];
  for (const name of workNames) rows.push(await againstBare(works[name]));
  for (const name of ["pi", "whole", "julia"] as const) rows.push([firstCall(name)]);
  return rows.flat();
}
