/** `allcores/threading`: a thread for one call, as in Python's threading. */
export { activeCount, enumerate, mainThread } from "./threading/enumerate.js";
export { type ExceptHook, excepthook, type Uncaught } from "./threading/excepthook.js";
export type { SubclassOptions, ThreadOptions } from "./threading/options.js";
export type { ThreadInfo } from "./threading/running.js";
export { Thread } from "./threading/thread.js";
