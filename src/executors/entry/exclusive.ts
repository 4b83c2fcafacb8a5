/** What a worker with one task at a time loads: the same part in jobs, over plain messages. */
import { type MessagePort, workerData } from "node:worker_threads";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { ownAgents } from "../../sync/agents.js";
import { type Participation, participate } from "../participant.js";
import { printToStderr } from "../stderr.js";
import { takeTransfers } from "../transfer.js";

const { memory, port } = workerData as { memory: SharedMemory; port: MessagePort };
adoptMemory(memory);
printToStderr();
ownAgents(); // so that others see whether this thread lives: kernels may take locks that JS knows nothing of

port.on("message", async (task: Participation) => {
  const reply = await participate(task);
  port.postMessage(reply, takeTransfers());
});
