/** What jobs can't do where no memory is shared, in processes and on a cluster. */
import { UnsupportedError } from "../../errors.js";
import { indexOfValue } from "../../job/arguments.js";
import { type ArrayArgument, byteLength, isSameArray, nameOf } from "../../job/array-argument.js";
import { describeRanges } from "../../job/element-ranges.js";
import type { PreparedJob } from "../../job/prepare.js";
import { refuseWords } from "../../job/primitives.js";
import type { WireKernel } from "../../job/wire-job.js";

/** @param where messages say that it can't be sent there */
export function refuseShared({ wire, bytes, joinBytes }: PreparedJob, where: "a process" | "a cluster"): void {
  const module = wire.values.findIndex((value) => value instanceof WebAssembly.Module);
  if (module >= 0)
    throw new UnsupportedError(
      `args[${indexOfValue(wire.arrays, module)}] is a WebAssembly.Module, which can't be sent to ${where}: pass its bytes`,
    );
  refuseModule(wire.kernel, bytes, where);
  if (typeof wire.accumulation?.combine === "object") refuseModule(wire.accumulation.combine, joinBytes, where);
  for (const array of wire.arrays) if (array.primitive) refuseWords(nameOf(array), array.primitive);
  const [first] = wire.arrays;
  if (wire.range === undefined && first)
    throw new UnsupportedError(
      `${nameOf(first)} is on the shared heap, which ${where} does not share; ` +
        `${wire.kernel.language === "js" ? "pass a copy (array.slice()), or use" : "use"} parallelFor or a ThreadExecutor`,
    );
  const shared = wire.arrays.find(({ role }) => role === "shared");
  if (shared)
    throw new UnsupportedError(
      `${nameOf(shared)} is a Shared<T>, which all items change: ${where} shares no memory; return values and use ` +
        "parallelReduce, or use threads",
    );
  for (const [i, a] of wire.arrays.entries())
    for (const b of wire.arrays.slice(i + 1)) {
      if ((a.role === "in" && b.role === "in") || !overlap(a, b)) continue;
      if (isSameArray(a, b) && a.role === b.role) continue;
      throw new UnsupportedError(
        `${nameOf(b)} overlaps ${nameOf(a)}, and ${where} would have two copies of what they share; mark both ` +
          "with input(...) if the kernel only reads them, or use threads",
      );
    }
}

function refuseModule(kernel: WireKernel, bytes: Uint8Array | undefined, where: string): void {
  if (kernel.language === "wasm" && kernel.url === undefined && bytes === undefined)
    throw new UnsupportedError(
      `${kernel.label}: a WebAssembly.Module can't be sent to ${where}; make the handle from a URL or bytes`,
    );
}

/** What a kernel has changed that would be lost. @param holder what has a copy of its own */
export function lostChange(
  { label }: WireKernel,
  array: ArrayArgument,
  n: number,
  holder: "process" | "worker",
): UnsupportedError {
  return new UnsupportedError(
    `${label}: ${nameOf(array)} was changed outside of the part that belongs to the kernel's items ` +
      `(${describeRanges(array, n)}). Each ${holder} has its own copy, so the change would be lost: write only the items' ` +
      "own part, return a value (parallelReduce), or use threads",
  );
}

function overlap(a: ArrayArgument, b: ArrayArgument): boolean {
  return a.pointer < b.pointer + byteLength(b) && b.pointer < a.pointer + byteLength(a);
}
