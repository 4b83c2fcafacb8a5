/** Arguments by name: captured as they are given, and put into the kernel's order once its signature is known. */
import type { KernelSignature } from "../memory/metadata.js";
import { show } from "../validate.js";
import { type ArgumentLabels, type CapturedArguments, indexOfValue, listLabels } from "./arguments.js";
import type { Kernel } from "./handles.js";

/** The arguments of a job, as a list. */
export interface GivenArguments {
  readonly list: readonly unknown[];
  /** Of arguments that were given by name. */
  readonly names?: readonly string[];
  readonly labels: ArgumentLabels;
}

const LABELS = listLabels("args");

/** @throws TypeError for what is neither a list nor a plain object; for names, if the kernel's parameters have none */
export function givenArguments(args: unknown, { language }: Kernel): GivenArguments {
  if (args === undefined) return { list: [], labels: LABELS };
  if (Array.isArray(args)) return { list: args, labels: LABELS };
  if (!isRecord(args))
    throw new TypeError(`args must be an array of arguments, or an object of them by name, got ${show(args)}`);
  if (language === "js")
    throw new TypeError("args must be an array for a JS kernel: the names of its parameters are not known");
  const names = Object.keys(args);
  return { list: Object.values(args), names, labels: { all: "args", of: (index) => `args.${names[index]}` } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Captured arguments in the kernel's order, and as the list that the caller would have given. */
interface Arranged extends CapturedArguments {
  readonly list: readonly unknown[];
}

/**
 * @param taken the parameters that take arguments; undefined where they are not known
 * @param label how messages call the kernel
 * @throws TypeError naming what is missing, and what is no parameter; for names of a kernel that allcores has not compiled
 */
export function arranged(
  { list, names }: GivenArguments,
  captured: CapturedArguments,
  taken: KernelSignature["params"] | undefined,
  label: string,
): Arranged {
  if (!names) return { list, ...captured };
  const places = placesOf(names, taken, label);
  const { values, arrays } = captured;
  const indices = values.map((_, position) => indexOfValue(arrays, position));
  return {
    list: places.map((place) => list[place]),
    values: places.filter((place) => indices.includes(place)).map((place) => values[indices.indexOf(place)]),
    arrays: places.flatMap((place, index) =>
      arrays.filter((array) => array.index === place).map((array) => ({ ...array, index, isByName: true })),
    ),
  };
}

/** Where among the names the argument of each parameter is. */
function placesOf(
  names: readonly string[],
  taken: KernelSignature["params"] | undefined,
  label: string,
): readonly number[] {
  if (!taken) throw new TypeError(`args must be an array for ${label}: the names of its parameters are not known`);
  const known = `${label} takes { ${taken.map(({ name, type }) => `${name}: ${type}`).join(", ")} }`;
  const strange = names.filter((name) => !taken.some((param) => param.name === name));
  if (strange.length > 0) throw new TypeError(`args has ${strange.join(", ")}, but ${known}`);
  const missing = taken.map(({ name }) => name).filter((name) => !names.includes(name));
  if (missing.length > 0) throw new TypeError(`args lacks ${missing.join(", ")}: ${known}`);
  return taken.map(({ name }) => names.indexOf(name));
}
