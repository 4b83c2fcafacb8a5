/** A JS kernel that the package runs: it copies a heap array in a worker, since 48 MB would hold the caller for 120 ms. */
import {
  type AnyArray,
  ARRAY_TYPES,
  type ElementType,
  elementType,
  type OrdinaryArray,
} from "../../memory/elements.js";
import { transfer } from "../transfer.js";

/** The content of an array on shared memory, in an ordinary array. */
export function copyOut(shared: AnyArray): OrdinaryArray {
  const copy = new ARRAY_TYPES[elementType(shared) as ElementType](shared.length);
  copy.set(shared as never);
  return transfer(copy);
}
