/** What a tinypool thread loads: takes part in jobs. Imports nothing that can fail, and never throws. */
import { Tinypool } from "tinypool";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { type Participation, participate } from "../participant.js";
import { printToStderr } from "../stderr.js";
import { takeTransfers } from "../transfer.js";

adoptMemory((Tinypool.workerData as { memory: SharedMemory }).memory);
printToStderr();

export default async function handle(task: Participation | null): Promise<unknown> {
  if (!task) return null;
  const reply = await participate(task);
  const buffers = takeTransfers();
  if (buffers.length === 0) return reply;
  return Tinypool.move({ [Tinypool.transferableSymbol]: buffers, [Tinypool.valueSymbol]: reply } as never);
}
