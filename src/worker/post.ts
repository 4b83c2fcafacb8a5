/** Messages whose buffers move: apart from transfer.ts, whose declarations are for programs without Node's types. */
import type { MessagePort } from "node:worker_threads";
import { takeTransfers } from "./transfer.js";

/**
 * Posts a message, whose marked buffers move.
 * @param alone what is posted, a copy, where one of them can't move (the memory of a Wasm module)
 */
export function postMoving<T>(port: MessagePort, message: T, alone: (message: T) => T): void {
  const buffers = takeTransfers();
  try {
    port.postMessage(message, buffers);
  } catch (error) {
    if (buffers.length === 0) throw error;
    port.postMessage(alone(message));
  }
}
