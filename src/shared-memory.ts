/** `allcores/shared-memory`: named memory that processes share, as in Python's multiprocessing.shared_memory. */
export { SharedMemory, type SharedMemoryOptions } from "./shared-memory/shared-memory.js";
