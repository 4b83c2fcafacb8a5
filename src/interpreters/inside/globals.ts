/** Sets variables of this interpreter's top level: the part of `prepareMain` here. */
import { viewOf } from "../../memory/heap.js";
import type { PackedValue } from "../values.js";
import { Refusal } from "../wire.js";
import { assign, hasSession } from "./session.js";

/** @throws Refusal for a name that can't be set */
export async function setGlobals(values: readonly PackedValue[]): Promise<void> {
  for (const packed of values) {
    const { name } = packed;
    const value = await unpack(packed);
    const isSet =
      Reflect.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true }) ||
      Reflect.set(globalThis, name, value);
    if (!isSet) throw new Refusal("TypeError", `values: ${name} is a global that can't be set`);
    if (!hasSession()) continue;
    const { thrown } = await assign(name, value);
    if (thrown) throw new Refusal("TypeError", `values: ${name} can't be set: ${(thrown.value as Error).message}`);
  }
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
