/** A work's cases: every implementation in every place. The first, plain JS on one core, is what ratios are of. */
import * as wasm from "allcores";
import { type CaseTraits, type Computations, scalar, twins } from "allcores/bench";
import { type Executors, ONE_CORE, type Place, placeName } from "./places.js";
import type { Size, Work } from "./work.js";

const IMPLEMENTATIONS: Readonly<Record<string, Computations>> = { JS: twins, "scalar Wasm": scalar, Wasm: wasm };

export interface WorkCase {
  readonly name: string;
  readonly traits: CaseTraits;
  readonly run: () => Promise<unknown>;
}

export function caseName(implementation: string, place: Place): string {
  return `${implementation}, ${placeName(place)}`;
}

/** What a quick run has no time for in other places. */
const ON_ONE_CORE = "scalar Wasm";

/** @param output what `run` fills: for the works that have one, it is asked for with each call */
export async function casesOf(
  work: Work,
  size: Size,
  places: readonly Place[],
  executors: Executors,
  output: () => wasm.HeapArray<"int32">,
): Promise<readonly WorkCase[]> {
  const cases: WorkCase[] = [];
  for (const [implementation, computations] of Object.entries(IMPLEMENTATIONS)) {
    const isOnOne = work.isSmall || (size === "quick" && implementation === ON_ONE_CORE);
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
