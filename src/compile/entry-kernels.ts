/** The functions that a file of kernels exports, as they are known before the module is optimised. */
import { INDEX_TYPES } from "../memory/metadata.js";
import type { AscElement, AscProgram } from "./asc.js";
import { arrayTypeOf, exportsOf } from "./signatures.js";

export interface EntryKernel {
  readonly internalName: string;
  /** The names under which it is exported. */
  readonly names: string[];
  /** Its parameters that are arrays, by their place. */
  readonly arrays: ReadonlyMap<number, { readonly name: string; readonly bytes: number }>;
  /** The type of begin and end, of a kernel for ranges. */
  readonly index: string | undefined;
}

/** By their internal names. */
export function entryKernels(program: AscProgram, entry: string): ReadonlyMap<string, EntryKernel> {
  const found = new Map<string, EntryKernel>();
  for (const [name, element] of exportsOf(program.filesByName.get(entry))) {
    const [instance] = element.instances?.values() ?? [];
    if (!instance?.signature) continue;
    const known = found.get(instance.internalName);
    if (known) known.names.push(name);
    else found.set(instance.internalName, kernelOf(name, element, instance, instance.signature));
  }
  return found;
}

function kernelOf(
  name: string,
  { declaration }: AscElement,
  { internalName }: AscElement,
  { parameterTypes }: NonNullable<AscElement["signature"]>,
): EntryKernel {
  const params = declaration.signature?.parameters.map((param) => param.name.text) ?? [];
  const arrays = new Map<number, { name: string; bytes: number }>();
  parameterTypes.forEach((type, i) => {
    const element = arrayTypeOf(type)?.element;
    if (element) arrays.set(i, { name: params[i] ?? `arg${i}`, bytes: Number(/\d+$/.exec(element)?.[0] ?? 8) / 8 });
  });
  const type = String(parameterTypes[0] ?? "");
  const isRange = params[0] === "begin" && params[1] === "end" && INDEX_TYPES[type] !== undefined;
  return { internalName, names: [name], arrays, index: isRange ? type : undefined };
}
