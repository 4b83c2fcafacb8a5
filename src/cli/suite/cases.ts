/** A work's cases: every implementation in every place. Ratios refer to the first, plain JS on one core. */
import * as wasm from "allcores";
import type { BenchSize, Work } from "allcores/bench";
import { type CaseTraits, type Computations, scalar, twins } from "allcores/bench";
import { type Executors, ONE_CORE, type Place, placeName } from "./places.js";

/** The Wasm kernels without shortcuts. */
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
/** This implementation runs only for works whose kernel has shortcuts, and only on one core. */
const EVERY_STEP = "Wasm, every step";

export interface WorkCase {
  readonly name: string;
  readonly traits: CaseTraits;
  readonly run: () => Promise<unknown>;
}

export function caseName(implementation: string, place: Place): string {
  return `${implementation}, ${placeName(place)}`;
}

/** A quick run measures this implementation on one core only, to save time. */
const SCALAR = "scalar Wasm";

/** @param output returns the array that `run` fills; each call of a case asks for it */
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
