/** The limits on one core: against native peers and the plain twin, against the bare kernel, and of a first call. */
import { SerialExecutor } from "allcores";
import { OwnTime, twins } from "allcores/bench";
import { quantile } from "../../../dist/bench/statistics.js";
import { type CProgram, startC } from "../../programs/c.js";
import type { Peer } from "../../programs/peer.js";
import type { BareWork } from "../../works.js";
import { bareCall } from "./bare.js";
import { type Contestant, computing, contest } from "./contest.js";
import { inFreshProcess, timeCalls, timeLarge } from "./fresh.js";
import type { Asked, Row } from "./row.js";
import { type WorkName, workNames, works } from "./works.js";

const serial = new SerialExecutor();

const WHO = {
  pi: "scalar C",
  "pi-avx2": "C, AVX2 by hand",
  fractal: "scalar C",
  "fractal-avx2": "C, AVX2 by hand",
} as const satisfies Partial<Record<CProgram, string>>;

type PeerName = keyof typeof WHO;

function allcores(work: BareWork, asked: Asked): Contestant {
  return computing("allcores", work, serial, asked);
}

function native(name: PeerName, work: BareWork, peer: Peer): Contestant {
  const run = async () => {
    const { ms, answer } = await peer.ask(work.request);
    return new OwnTime(ms, work.read(answer));
  };
  return { who: WHO[name], work, run };
}

/** A row in place of those against a peer that can't be had. */
function missing(name: PeerName, work: BareWork, why: string, asked?: Asked): Row {
  return { work: work.name, asked, state: "missing", why: `${WHO[name]}: ${why}` };
}

/** The limits of works that a native peer does in one and the same way; a faster peer runs along for information. */
async function againstNative(name: "pi" | "fractal", limits: Partial<Record<WorkName, number>>): Promise<Row[]> {
  const ours = Object.entries(limits).map(([work, atLeast]) => allcores(works[work as WorkName].usual, { atLeast }));
  const [{ work }] = ours as [Contestant];
  const fastName = `${name}-avx2` as const;
  const scalar = await peerOrReason(name);
  if (typeof scalar === "string") return ours.map(({ work, asked }) => missing(name, work, scalar, asked));
  await using _scalar = scalar;
  const fast = await peerOrReason(fastName);
  if (typeof fast === "string")
    return [...(await contest(native(name, work, scalar), ours)), missing(fastName, work, fast)];
  await using _fast = fast;
  // Awaited here, before the peers end.
  return await contest(native(name, work, scalar), [...ours, native(fastName, work, fast)]);
}

async function peerOrReason(name: PeerName): Promise<Peer | string> {
  try {
    return await startC(name);
  } catch (error) {
    return (error as Error).message.trim();
  }
}

async function againstTwin(work: BareWork, atLeast: number): Promise<Row[]> {
  return contest(computing("plain JS", work, serial, undefined, twins), [allcores(work, { atLeast })]);
}

const KIT_COSTS = 1.05;
/** The jobs that the limit is about: the kit's fixed costs weigh on shorter ones. */
const KIT_MS = 50;

/** The public API against the kernel called in a plain loop. */
async function againstBare({ usual, large }: { usual: BareWork; large: BareWork }): Promise<Row[]> {
  const isLong = (await timeCalls(usual)).warm >= KIT_MS;
  const work = isLong ? usual : large;
  const bare = { who: "bare kernel", work, run: await bareCall(work) };
  return contest(bare, [computing("public API", work, serial, { atMost: KIT_COSTS })]);
}

const FIRST_CALL_COSTS = 1.3;
const FRESH_PROCESSES = 5;

/** The first call of a fresh process against its later ones. */
function firstCall(name: WorkName): Row {
  const module = new URL("./fresh.js", import.meta.url);
  const runs = Array.from({ length: FRESH_PROCESSES }, () => inFreshProcess(module, timeLarge, [name]));
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
    await againstNative("fractal", { whole: 38, brute: 6 }),
    await againstNative("fractal", { deep: 65 }),
    await againstTwin(works.julia.usual, 2.6),
  ];
  for (const name of workNames) rows.push(await againstBare(works[name]));
  for (const name of ["pi", "whole", "julia"] as const) rows.push([firstCall(name)]);
  return rows.flat();
}
