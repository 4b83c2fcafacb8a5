/** Lengths and checks of arrays, put into a program before it is optimised. */
import type { CheckedTables } from "../memory/metadata.js";
import { ArrayCode } from "./array-code.js";
import { ArrayFlow, type ArrayFlowResult } from "./array-flow.js";
import type { AscProgram, AscRange, Binaryen, BinaryenModule } from "./asc.js";
import { entryKernels } from "./entry-kernels.js";
import { describe, placeOf, spotAt } from "./frames.js";

/** What a checked build's host exports for the compiler alone: see CHECKED_HOST in run.ts. */
const HELPERS = ["boundary", "access", "span", "fits", "refuse"].map((name) => `__allcores_${name}`);

const NOTHING: ArrayFlowResult = { hidden: new Map(), lost: [], arrays: [], sites: [] };

interface Settings {
  /** The file's name in the program. */
  readonly entry: string;
  /** Whether a source belongs to the compiler's library. */
  readonly isTheirs: (path: string) => boolean;
  readonly checked: boolean;
}

/** Changes the program where it asks about arrays, and in a checked build wherever it uses them. */
export function followArrays(
  binaryen: Binaryen,
  module: BinaryenModule,
  program: AscProgram,
  { entry, isTheirs, checked }: Settings,
): ArrayFlowResult {
  const asks = ["endOf", "widthOf"].some((name) =>
    program.instancesByName.has(`~lib/allcores/assembly/library/bounds/${name}`),
  );
  if (!asks && !checked) return NOTHING;
  const code = new ArrayCode(binaryen, module, program, isTheirs);
  const found = new ArrayFlow(binaryen, module, code, entryKernels(program, entry), checked).run();
  if (checked) for (const name of HELPERS) module.removeExport(name);
  return found;
}

/** Errors of questions about arrays that could not be followed. */
export function lostArrays(places: readonly (AscRange | undefined)[]): string[] {
  const why =
    "which array this is can't be followed to here (it may come out of a field, another array, a function that is called by " +
    "a pointer, or an address), so its length is not known: pass x.length along with it";
  return [...new Set(places.map((range) => describe(why, range && spotAt(range))))];
}

/** The numbers by which a checked module names arrays and places. */
export function checkedTables({ arrays, sites }: ArrayFlowResult): CheckedTables {
  return { arrays, sites: sites.map((range) => (range ? placeOf(spotAt(range)) : "")) };
}
