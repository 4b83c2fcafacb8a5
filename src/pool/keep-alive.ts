/** Idle workers and their channels do not keep the process alive: a wait for them has to. */
import { clearInterval, setInterval } from "../timers.js";

/** The longest time of a timer. */
export const FOREVER_MS = 2 ** 31 - 1;

/** Keeps the process alive until the promise settles. */
export async function keepAlive<T>(waited: Promise<T>): Promise<T> {
  const handle = setInterval(() => {}, FOREVER_MS);
  try {
    return await waited;
  } finally {
    clearInterval(handle);
  }
}
