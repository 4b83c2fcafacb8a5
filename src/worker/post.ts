/** Messages whose buffers move. Apart from transfer.ts, whose declarations must not name Node's types. */
import type { MessagePort } from "node:worker_threads";
import { takeTransfers } from "./transfer.js";

/**
 * Posts a message, whose marked buffers move.
 * @param alone makes the copy to post where a buffer can't move (the memory of a Wasm module)
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
