/** Sends every message back, from a thread or from a process: the other side of a bare round trip. */
import { parentPort } from "node:worker_threads";

if (parentPort) parentPort.on("message", (message) => parentPort.postMessage(message));
else process.on("message", (message) => process.send(message));
