/** What a tinypool thread loads: takes part in jobs. Imports nothing that can fail, and never throws. */
import { parentPort } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { ownAgents } from "../../sync/agents.js";
import { type Participation, participate } from "../participant.js";
import { printToStderr } from "../stderr.js";
import { takeTransfers } from "../transfer.js";

adoptMemory((Tinypool.workerData as { memory: SharedMemory }).memory);
printToStderr();
ownAgents(); // so that others see whether this thread lives: kernels may take locks that JS knows nothing of

export default async function handle(task: Participation | null): Promise<unknown> {
  if (!task) return null;
  keepParentPort();
  const reply = await participate(task);
  const buffers = takeTransfers();
  if (buffers.length === 0) return reply;
  return Tinypool.move({ [Tinypool.transferableSymbol]: buffers, [Tinypool.valueSymbol]: reply } as never);
}

/** tinypool takes any message here for a fault of the worker. It is done with the port itself when tasks come. */
function keepParentPort(): void {
  if (parentPort)
    parentPort.postMessage = () => {
      throw new Error("a kernel in a pool can't post to parentPort: return a value");
    };
}
