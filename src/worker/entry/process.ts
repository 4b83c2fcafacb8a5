/** What a tinypool child process loads: serves claims, ends jobs, and ends itself with its parent. */
import { Worker } from "node:worker_threads";
import { becomeChild } from "../../memory/heap.js";
import { setImmediate } from "../../timers.js";
import { askToLeave, LEAVE, leave, watchCalls } from "../current-call.js";
import { earlyVerdicts, endJob, serve } from "../process-job.js";
import type { EndMessage, ProcessReply, ProcessTask } from "../process-messages.js";
import { printToStderr } from "../stderr.js";

becomeChild();
printToStderr();
watchCalls();

// A terminal sends Ctrl-C to the whole group: the parent decides what becomes of the jobs, and of this process.
process.on("SIGINT", () => {});

// tinypool's messages carry a mark, and tinypool handles them.
process.on("message", (message: Partial<EndMessage> | null) => {
  const { allcores } = (message ?? {}) as { allcores?: unknown };
  if (allcores === LEAVE.allcores) leave();
  const verdict = allcores === "end" ? endJob(message as EndMessage) : undefined;
  if (verdict) process.send?.(verdict);
});

// A child in a busy loop does not see that its parent is gone: a second thread looks.
const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), { workerData: process.ppid, execArgv: [] });
watchdog.unref();

export default async function handle(task: ProcessTask | null): Promise<ProcessReply | null> {
  if (task) for (const verdict of earlyVerdicts(task)) process.send?.(verdict);
  const reply = task && (await serve(task));
  setImmediate(askToLeave); // when the reply is on its way
  return reply;
}
