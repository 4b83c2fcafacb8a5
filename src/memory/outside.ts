/** The error of a checked build whose index is outside its array, or belongs to another call's items. */
import { readMetadata } from "./metadata.js";
import { METADATA_SECTION } from "./wasm.js";

/** Marks the number of an array where it is a part of it: `row(i)`, `block(i)`. */
export const PART_OF = 1 << 16;

/**
 * @param module a `WebAssembly.Module`
 * @param found arguments of `outside` in assembly/library/bounds.ts
 */
export function outsideError(module: object, found: readonly number[]): Error {
  const [site = 0, number = 0, at = 0, from = 0, to = 0, length = 0] = found;
  const [section] = WebAssembly.Module.customSections(module as WebAssembly.Module, METADATA_SECTION);
  const { arrays = [], sites = [] } = (section && readMetadata(new Uint8Array(section), "the module").checked) ?? {};
  const { name, bytes } = arrays[number % PART_OF] ?? { name: "an array", bytes: 1 };
  const [index, first, behind, count] = [at, from, to, length].map((offset) => Math.floor(offset / bytes)) as [
    number,
    number,
    number,
    number,
  ];
  const isPart = number >= PART_OF;
  const elements = `${count} element${count === 1 ? "" : "s"}`;
  const text =
    from === 0 && to === length
      ? `index ${index} is outside ${isPart ? `this part of ${name}` : name}, which has ${elements}`
      : `index ${index} of ${isPart ? "a part of " : ""}${name} is stored by a call whose items have ${
          behind > first ? `the elements [${first}, ${behind})` : "no elements"
        } of it`;
  return Object.assign(new RangeError(text), { position: sites[site] || undefined });
}
