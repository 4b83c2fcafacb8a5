/** The tasks of a worker that runs an event loop between them: each is a message, and so is its reply. */
import type { MessagePort } from "node:worker_threads";
import { adoptMemory, type SharedMemory } from "../memory/heap.js";
import { UP } from "../pool/dedicated.js";
import { agentTable } from "../sync/agents.js";
import { watchCalls } from "./current-call.js";
import { postReply, type SharedTask, unreadable } from "./shared-job.js";
import { flushed, printToStderr } from "./stderr.js";
import { takePart } from "./take-part.js";
import { allowMoves } from "./transfer.js";

/** What such a worker is started with. */
export interface TasksStart {
  readonly memory: SharedMemory;
  readonly port: MessagePort;
}

/** Makes this thread a worker on the owner's memory. An entry calls it first of all. */
export function becomeWorker({ memory }: TasksStart): void {
  adoptMemory(memory);
  printToStderr();
  watchCalls();
  allowMoves();
  agentTable(); // other threads see by it whether this one lives: its kernels may take locks without any JS
}

/** Takes part in jobs from now on, one task at a time. */
export function serveTasks({ port }: TasksStart): void {
  port.on("message", async (task: SharedTask) => {
    const reply = await takePart(task);
    // The caller may end the program when it has the reply: what was printed comes before.
    await flushed();
    postReply(port, reply, task.job.kernel);
  });
  port.on("messageerror", (error) => port.postMessage(unreadable(error)));
  port.postMessage(UP);
}
