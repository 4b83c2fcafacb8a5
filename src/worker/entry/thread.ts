/** What a leased thread loads: takes part in jobs, one task after the other. Imports nothing that can fail, and never throws. */
import { MessageChannel, parentPort } from "node:worker_threads";
import { adoptMemory, type SharedMemory } from "../../memory/heap.js";
import { countAnswer } from "../../pool/answers.js";
import { Doorbell } from "../../pool/doorbell.js";
import type { Lease } from "../../pool/leased.js";
import { receive, UnreadableReply } from "../../pool/worker-pool.js";
import { agentTable } from "../../sync/agents.js";
import { watchCalls } from "../current-call.js";
import { postReply, type SharedTask, UNREAD, unreadable } from "../shared-job.js";
import { flushed, printToStderr } from "../stderr.js";
import { takePart } from "../take-part.js";
import { TaskShorthand, writeReply } from "../task-shorthand.js";
import { allowMoves, takeTransfers } from "../transfer.js";

// What `Tinypool.workerData` gives where it can be had without tinypool's module: that takes a thread 8 ms to load.
const { workerData } = process.__tinypool_state__ ?? (await import("tinypool")).Tinypool;
adoptMemory((workerData as { memory: SharedMemory }).memory);
printToStderr();
watchCalls();
allowMoves();
agentTable(); // other threads see by it whether this one lives: its kernels may take locks without any JS

const { port1: port, port2 } = new MessageChannel();
// Heard once this thread is up: after that, tasks are waited for without an event loop.
port.once("message", (lease: Lease) => void serve(lease));
// `ready`, since tinypool takes any other message for a fault where this package can't filter them.
parentPort?.postMessage({ ready: true, allcores: "port", port: port2 }, [port2]);

/** Serves for the life of this thread, which sleeps in between. */
async function serve({ doorbell: pointer, answers }: Lease): Promise<never> {
  const doorbell = new Doorbell(pointer);
  const shorthand = new TaskShorthand();
  /** Whether the owner has not been told of a reply. */
  let isDue = false;
  for (;;) {
    const cell = doorbell.awaitTask();
    const found = cell.begin();
    if (found) {
      const task = found === "posted" ? received(shorthand) : shorthand.readTask(cell.numbers);
      const isLost = task instanceof UnreadableReply;
      const reply = isLost ? unreadable(task.error) : await takePart(task);
      // Nothing is printed while the thread sleeps.
      await flushed();
      const isShort = writeReply(reply, cell.numbers);
      if (isShort) takeTransfers();
      else postReply(port, reply, isLost ? UNREAD : task.job.kernel);
      cell.answer(!isShort, isLost);
    }
    const left = doorbell.finish();
    isDue ||= found !== undefined;
    // To wake the owner for each of many short tasks would take longer than the tasks.
    if (isDue && (left & (left - 1)) === 0) {
      countAnswer(answers);
      isDue = false;
    }
  }
}

/** The task that a message has brought. */
function received(shorthand: TaskShorthand): SharedTask | UnreadableReply {
  const task = receive<SharedTask>(port)?.value ?? new UnreadableReply(new Error("the task was lost"));
  if (!(task instanceof UnreadableReply)) shorthand.learn(task);
  return task;
}

/** tinypool asks an entry for a function; it is given no tasks. */
export default (): void => {};
