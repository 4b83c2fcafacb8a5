/** What the threads of this package post beside their replies. */
import { hearLate } from "./current-call.js";
import { hearLeftover } from "./leftovers.js";

/** For the thread that started them. */
export function hearWorker(message: unknown): void {
  if (!hearLeftover(message)) hearLate(message);
}
