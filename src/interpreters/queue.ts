/** Queues between interpreters. */

import { Queue, type QueueOptions } from "../sync/queue.js";
import { bindItems, type UNBOUND, type Unbound } from "../sync/queue-origin.js";
import { knownOptions, optionsObject } from "../validate.js";

const OPTIONS = ["maxSize", "bytes", "unbound"];

/** How large a queue is, and what becomes of items whose interpreter is closed. */
export interface SharedQueueOptions extends QueueOptions {
  /**
   * What becomes of an item whose interpreter has been closed, or has died, before it was read: `get` gives UNBOUND (the
   * default), drops it, or throws an OwnerDiedError. A put may say otherwise for its item.
   */
  readonly unbound?: Unbound | undefined;
}

/**
 * A queue for interpreters: the Queue of allcores/sync, whose items outlive the interpreters that have put them by their
 * places alone. It is found out when `get` comes to an item; what other threads put stays.
 * @throws TypeError for an option that there is not
 */
export function createQueue<T = unknown>(options: SharedQueueOptions = {}): Queue<T | typeof UNBOUND> {
  optionsObject("options", options);
  knownOptions(options, OPTIONS);
  const { unbound = "unbound", ...size } = options;
  const queue = new Queue<T | typeof UNBOUND>(size);
  bindItems(queue.words, unbound);
  return queue;
}
