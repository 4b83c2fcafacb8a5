/** What a dedicated worker loads: takes part in jobs, one task at a time, over plain messages. */
import { type MessagePort, workerData } from "node:worker_threads";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { UP } from "../../pool/dedicated.js";
import { agentTable } from "../../sync/agents.js";
import { watchCalls } from "../current-call.js";
import { participate, postReply, type SharedTask, unreadable } from "../shared-job.js";
import { flushed, printToStderr } from "../stderr.js";
import { allowMoves } from "../transfer.js";

const { memory, port } = workerData as { memory: SharedMemory; port: MessagePort };
adoptMemory(memory);
printToStderr();
watchCalls();
allowMoves();
agentTable(); // other threads see by it whether this one lives: its kernels may take locks without any JS

port.on("message", async (task: SharedTask) => {
  const reply = await participate(task);
  // The caller may end the program when it has the reply: what was printed comes before.
  await flushed();
  postReply(port, reply, task.job.kernel);
});
port.on("messageerror", (error) => port.postMessage(unreadable(error)));
port.postMessage(UP);
