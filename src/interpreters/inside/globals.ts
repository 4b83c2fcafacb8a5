/** Sets variables of this interpreter's top level: the part of `prepareMain` here. */
import { kept } from "../../builtins.js";
import { viewOf } from "../../memory/heap.js";
import type { PackedValue } from "../values.js";
import { Refusal } from "../wire.js";
import { assign, declaredNames } from "./session.js";

/**
 * Sets all of them, or none.
 * @throws Refusal for a name that can't be set
 */
export async function setGlobals(packed: readonly PackedValue[]): Promise<void> {
  const declared = await declaredNames();
  for (const { name } of packed) {
    if (!isSettable(name)) throw new Refusal("TypeError", `values: ${name} is a global that can't be set`);
    const wrong = declared.includes(name) ? await assign(name) : undefined;
    if (wrong !== undefined) throw new Refusal("TypeError", `values: ${name} can't be set: ${wrong}`);
  }
  const values: unknown[] = [];
  for (const one of packed) values.push(await unpack(one));
  for (const [i, { name }] of packed.entries()) {
    const value = values[i];
    if (!define(name, value)) kept.Reflect.set(kept.globalThis, name, value);
    if (declared.includes(name)) await assign(name, { value });
  }
}

function define(name: string, value: unknown): boolean {
  const property = { value, writable: true, enumerable: true, configurable: true };
  return kept.Reflect.defineProperty(kept.globalThis, name, property);
}

function isSettable(name: string): boolean {
  const known = kept.Reflect.getOwnPropertyDescriptor(kept.globalThis, name);
  if (!known) return kept.Reflect.isExtensible(kept.globalThis);
  return known.configurable === true || known.writable === true || known.set !== undefined;
}

async function unpack(packed: PackedValue): Promise<unknown> {
  switch (packed.as) {
    case "value":
      return packed.value;
    case "primitive":
      return (await import("./adopt.js")).adoptPrimitive(packed.handle);
    case "array":
      return viewOf(packed.type, packed.pointer, packed.length);
    case "interpreter":
      return (await import("./adopt.js")).adoptInterpreter(packed.identity);
  }
}
