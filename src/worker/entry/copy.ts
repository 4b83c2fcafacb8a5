/** A JS kernel that the package runs: it copies a heap array in a worker, since 48 MB would hold the caller for 120 ms. */
import { transfer } from "../transfer.js";

/** The content of an array on shared memory, in an ordinary array. */
export function copyOut(shared: Int32Array | Float32Array): Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  return transfer(shared instanceof Float32Array ? new Float32Array(shared) : new Int32Array(shared));
}
