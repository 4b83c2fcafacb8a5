/** What a worker with one task at a time loads: the same part in jobs, over plain messages. */
import { parentPort, workerData } from "node:worker_threads";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { type Participation, participate } from "../participant.js";
import { printToStderr } from "../stderr.js";
import { takeTransfers } from "../transfer.js";

adoptMemory((workerData as { memory: SharedMemory }).memory);
printToStderr();

parentPort?.on("message", async (task: Participation) => {
  const reply = await participate(task);
  parentPort?.postMessage(reply, takeTransfers());
});
