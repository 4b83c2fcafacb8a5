/** `allcores/threading`: threads of one's own, as Python's threading has them. */
export { activeCount, enumerate, mainThread } from "./threading/enumerate.js";
export { type ExceptHook, excepthook, type Uncaught } from "./threading/excepthook.js";
export type { ThreadInfo } from "./threading/running.js";
export { Thread, type ThreadOptions } from "./threading/thread.js";
