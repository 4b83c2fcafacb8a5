/** Several sides do the same work: a comparison, as rows of the table of limits. */
import * as wasm from "allcores";
import { type Cases, type CompareReport, type Computations, compare } from "allcores/bench";
import type { BareWork } from "../../works.js";
import type { Asked, Row } from "./row.js";

/** One who does a work. */
export interface Contestant {
  readonly who: string;
  /** Its way to do it may have a name of its own. */
  readonly work: BareWork;
  readonly asked?: Asked;
  run(output: wasm.HeapArray<"int32">): unknown;
}

/** The package's own side: its Wasm kernels, or others of its computations. */
export function computing(
  who: string,
  work: BareWork,
  executor: wasm.Executor,
  asked?: Asked,
  computations: Computations = wasm,
): Contestant {
  return { who, work, ...(asked && { asked }), run: (output) => work.run(computations, executor, output) };
}

/** Rows of all others against the peer. None has times if one computes something else. */
export async function contest(peer: Contestant, others: readonly Contestant[], budget?: number): Promise<Row[]> {
  const { work } = peer;
  using scope = wasm.heap.scope();
  const output = scope.int32(work.outputLength ?? 0);
  const sides = [peer, ...others];
  const report = await compare<Cases, never>({
    name: work.name,
    cases: Object.fromEntries(sides.map(({ run }, i) => [`side ${i}`, () => run(output)])),
    check: work.check,
    ...(work.outputLength !== undefined && { output: () => output as never, digest: work.digest }),
    budget,
  });
  return others.map((other, i) => rowOf(peer, other, i + 1, report));
}

function rowOf(peer: Contestant, { who, work, asked }: Contestant, side: number, report: CompareReport): Row {
  if (report.state === "wrong") return { work: work.name, asked, state: "wrong", why: report.why };
  const ratio = report.ratios[`side ${side}`]?.median ?? Number.NaN;
  const msOf = (place: number) => report.cases[place]?.median ?? Number.NaN;
  return {
    work: work.name,
    asked,
    state: "measured",
    ours: { who, ms: msOf(side) },
    peer: { who: peer.who, ms: msOf(0) },
    ratio: asked && "atMost" in asked ? 1 / ratio : ratio,
  };
}
