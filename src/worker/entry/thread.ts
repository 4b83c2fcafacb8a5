/** What a tinypool thread loads: takes part in jobs. Imports nothing that can fail, and never throws. */
import { MessageChannel, parentPort, threadId } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { agentTable } from "../../sync/agents.js";
import { watchCalls } from "../current-call.js";
import { isFlat, participate, postReply, type SharedTask } from "../shared-job.js";
import { printToStderr } from "../stderr.js";
import { allowMoves, takeTransfers } from "../transfer.js";

adoptMemory((Tinypool.workerData as { memory: SharedMemory }).memory);
printToStderr();
watchCalls();
allowMoves();
agentTable(); // other threads see by it whether this one lives: its kernels may take locks without any JS

const { port1: port, port2 } = new MessageChannel();
parentPort?.postMessage({ allcores: "port", port: port2 }, [port2]);

/** A reply that holds objects goes over the second port, since the caller may not be able to read it. */
export default async function handle(task: SharedTask | null): Promise<unknown> {
  if (!task) return null;
  const reply = await participate(task);
  if (isFlat(reply)) {
    takeTransfers();
    return reply;
  }
  postReply(port, reply, task.job.kernel);
  return { postedBy: threadId };
}
