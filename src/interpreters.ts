/** `allcores/interpreters`: isolates with globals of their own, queues between them, and a pool of them. */

export { InterpreterExecutor, type InterpreterExecutorOptions } from "./interpreters/executor.js";
export type { InterpreterIdentity } from "./interpreters/identity.js";
export { getCurrent, getMain, Interpreter, type InterpreterOptions, listAll } from "./interpreters/interpreter.js";
export { createQueue, type SharedQueueOptions } from "./interpreters/queue.js";
export type { Unbound } from "./sync/queue-origin.js";
export { UNBOUND } from "./sync/queue-origin.js";
