/** Kernels whose arrays are followed (array-flow.ts): what the host calls in their place, and where the values lie meanwhile. */
import type { FlowFunction } from "./array-code.js";
import { BOUNDS } from "./array-values.js";
import type { Binaryen, BinaryenModule } from "./asc.js";
import type { EntryKernel } from "./entry-kernels.js";

export const ACCESS = `${BOUNDS}checkedAccess`;
export const SPAN = `${BOUNDS}checkedSpan`;
const BOUNDARY = `${BOUNDS}boundary`;
const LOOK_UP = `${BOUNDS}lookUp`;
const PREFIX = "~allcores/";

/** What a shadow holds: addresses, a number of elements, the array's number. */
export type Kind = "end" | "width" | "start" | "from" | "to" | "array";

/** An array of a checked module: its name, and the bytes of an element. */
export interface NamedArray {
  readonly name: string;
  readonly bytes: number;
}

/** The global with the place in the user's code from which a function of a library is called. */
export const SITE = `${PREFIX}site`;
/** The global that hands over a shadow of an argument with shadows, by its place among these, and of a result. */
export const slotName = (slot: number, kind: Kind) => `${PREFIX}${slot}/${kind}`;
export const resultName = (kind: Kind) => `${PREFIX}result/${kind}`;

/** What is known of a kernel's arrays for pointers that come back from where they can't be followed. */
const KNOWN: readonly Kind[] = ["start", "end", "from", "to", "array"];
const knownName = (place: number, kind: Kind) => `${PREFIX}known/${place}/${kind}`;

interface Wrapped {
  readonly binaryen: Binaryen;
  readonly module: BinaryenModule;
  readonly kernel: EntryKernel;
  readonly fn: FlowFunction;
  /** Its parameters with shadows. */
  readonly shadowed: readonly number[];
  readonly kinds: readonly Kind[];
  /** How many arrays can be looked up. */
  readonly known: number;
  readonly number: (array: NamedArray) => number;
}

/**
 * Exports a function in a kernel's place that takes bytes and width of arrays behind the kernel's own parameters.
 * @returns the parameters of these arrays
 */
export function wrapKernel({ binaryen, module, kernel, fn, shadowed, kinds, known, number }: Wrapped): number[] {
  const { arrays, index, internalName, names } = kernel;
  const hidden = [...arrays.keys()].filter((param) => known > 0 || shadowed.includes(param));
  if (hidden.length === 0) return [];
  const { i32, local, global } = module;
  const get = (at: number) => local.get(at, fn.params[at] ?? binaryen.i32);
  const valuesOf = (param: number): Readonly<Record<Kind, () => number>> | undefined => {
    const array = arrays.get(param);
    if (!array) return undefined;
    const bytes = fn.params.length + 2 * hidden.indexOf(param);
    const end = () => i32.add(get(param), get(bytes));
    const id = number(array);
    const boundary = (at: number) => {
      const item = index === undefined ? module.i64.extend_s(i32.const(0)) : asLong(module, get(at), index);
      const size = index === undefined ? i32.const(0) : i32.mul(get(bytes + 1), i32.const(array.bytes));
      return module.call(BOUNDARY, [get(param), end(), item, size, i32.const(at)], binaryen.i32);
    };
    return {
      end,
      width: () => get(bytes + 1),
      start: () => get(param),
      from: () => boundary(0),
      to: () => boundary(1),
      array: () => i32.const(id),
    };
  };
  const handOver = shadowed.flatMap((param, slot) => {
    const values = valuesOf(param);
    return kinds.map((kind) => global.set(slotName(slot, kind), values ? values[kind]() : i32.const(0)));
  });
  const remember = Array.from({ length: known }, (_, place) => {
    const values = valuesOf(hidden[place] ?? -1);
    return KNOWN.map((kind) => global.set(knownName(place, kind), values ? values[kind]() : i32.const(0)));
  });
  const call = module.call(
    internalName,
    fn.params.map((_, at) => get(at)),
    fn.results,
  );
  const params = binaryen.createType([...fn.params, ...hidden.flatMap(() => [binaryen.i32, binaryen.i32])]);
  const body = module.block(null, [...handOver, ...remember.flat(), call], fn.results);
  module.addFunction(`${PREFIX}${internalName}`, params, fn.results, [], body);
  for (const name of names) {
    module.removeExport(name);
    module.addFunctionExport(`${PREFIX}${internalName}`, name);
  }
  return hidden;
}

/** A begin or end as an i64. */
function asLong(module: BinaryenModule, value: number, type: string): number {
  if (type === "f64") return module.i64.trunc_s.f64(value);
  if (type === "i64" || type === "u64") return value;
  return type.startsWith("u") ? module.i64.extend_u(value) : module.i64.extend_s(value);
}

/**
 * Gives lookUp of assembly/library/bounds.ts its body: an access by a pointer that came out of a field, or the like, is right
 * if it is right for one of the call's arrays, and wrong if the pointer lies in one of them otherwise.
 */
export function fillLookUp(binaryen: Binaryen, module: BinaryenModule, known: number): void {
  const places = Array.from({ length: known }, (_, place) => place);
  const types = [binaryen.i32, binaryen.i64, binaryen.i64, binaryen.i32, binaryen.i32];
  const given = types.map((type, i) => () => module.local.get(i, type));
  const about = (place: number) => KNOWN.map((kind) => module.global.get(knownName(place, kind), binaryen.i32));
  const ask = (name: string, place: number, type: number) =>
    module.call(`${BOUNDS}${name}`, [...given.map((get) => get()), ...about(place)], type);
  const body = [
    ...places.map((place) => module.if(ask("fits", place, binaryen.i32), module.return())),
    ...places.map((place) => ask("refuse", place, binaryen.none)),
  ];
  for (const place of places)
    for (const kind of KNOWN) module.addGlobal(knownName(place, kind), binaryen.i32, true, module.i32.const(0));
  binaryen.Function.setBody(module.getFunction(LOOK_UP), module.block(null, body, binaryen.none));
}
