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
agentTable(); // so that others see whether this thread lives: kernels may take locks that JS knows nothing of

const { port1: port, port2 } = new MessageChannel();
parentPort?.postMessage({ allcores: "port", port: port2 }, [port2]);

/** Replies that hold objects go over a port of our own: the caller may not be able to read them. */
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
