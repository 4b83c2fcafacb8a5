/** A work's cases: every implementation in every place. The first, plain JS on one core, is what ratios are of. */
import * as wasm from "allcores";
import type { BenchSize, Work } from "allcores/bench";
import { type CaseTraits, type Computations, scalar, twins } from "allcores/bench";
import { type Executors, ONE_CORE, type Place, placeName } from "./places.js";

/** The kernels, taking every step. */
const plain: Computations = {
  ...wasm,
  renderFractal: (options: object) => wasm.renderFractal({ ...options, shortcuts: false } as never) as Promise<never>,
};

const IMPLEMENTATIONS: Readonly<Record<string, Computations>> = {
  JS: twins,
  "scalar Wasm": scalar,
  "Wasm, every step": plain,
  Wasm: wasm,
};
/** Only of works whose kernel has shortcuts, and only on one core. */
const EVERY_STEP = "Wasm, every step";

export interface WorkCase {
  readonly name: string;
  readonly traits: CaseTraits;
  readonly run: () => Promise<unknown>;
}

export function caseName(implementation: string, place: Place): string {
  return `${implementation}, ${placeName(place)}`;
}

/** A quick run has no time for it in other places. */
const SCALAR = "scalar Wasm";

/** @param output what `run` fills: for the works that have one, it is asked for with each call */
export async function casesOf(
  work: Work,
  size: BenchSize,
  places: readonly Place[],
  executors: Executors,
  output: () => wasm.HeapArray<"int32">,
): Promise<readonly WorkCase[]> {
  const cases: WorkCase[] = [];
  for (const [implementation, computations] of Object.entries(IMPLEMENTATIONS)) {
    if (implementation === EVERY_STEP && !work.hasShortcuts) continue;
    const isOnOne = work.isSmall || implementation === EVERY_STEP || (size === "quick" && implementation === SCALAR);
    for (const place of isOnOne ? [ONE_CORE] : places) {
      const executor = await executors.at(place);
      cases.push({
        name: caseName(implementation, place),
        traits: { implementation, ...place },
        run: () => work.run(computations, executor, output()),
      });
    }
  }
  return cases;
}
