/** What a leased child process loads: serves calls and claims, ends jobs, and ends itself with its parent. */
import { Worker } from "node:worker_threads";
import { becomeChild } from "../../memory/heap.js";
import type { ReplyMessage, TaskMessage } from "../../pool/leased-processes.js";
import { CallShorthand, type ShortCall } from "../call-shorthand.js";
import { askToLeave, LEAVE, leave, watchCalls } from "../current-call.js";
import { earlyVerdicts, endJob, serve } from "../process-job.js";
import type { EndMessage, PlainReply, ProcessReply, ProcessTask, Verdict } from "../process-messages.js";
import { flushed, printToStderr } from "../stderr.js";

becomeChild();
printToStderr();
watchCalls();

// A terminal sends Ctrl-C to the whole group: the parent decides what becomes of the jobs, and of this process.
process.on("SIGINT", () => {});

const shorthand = new CallShorthand();
/** Taken at load: kernels may replace it. */
const send = process.send?.bind(process);

// tinypool's messages carry a mark, and tinypool handles them.
process.on("message", (message: Partial<TaskMessage<ProcessTask> | ShortCall | EndMessage | typeof LEAVE> | null) => {
  const { allcores } = message ?? {};
  if (allcores === "call") handle(shorthand.read(message as ShortCall));
  else if (allcores === "task") {
    const { task } = message as TaskMessage<ProcessTask>;
    shorthand.learn(task);
    handle(task);
  } else if (allcores === LEAVE.allcores) leave();
  else if (allcores === "end") sendVerdict(endJob(message as EndMessage));
});

function sendVerdict(verdict: Verdict | undefined): void {
  if (verdict) send?.(verdict);
}

async function handle(task: ProcessTask): Promise<void> {
  for (const verdict of earlyVerdicts(task)) sendVerdict(verdict);
  const reply = await serve(task);
  // The caller may end the program when it has the reply: what was printed comes before.
  await flushed();
  send?.({ allcores: "reply", reply } satisfies ReplyMessage<ProcessReply | PlainReply>);
  askToLeave();
}

// A child in a busy loop does not see that its parent is gone: a second thread looks.
const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), { workerData: process.ppid, execArgv: [] });
watchdog.unref();

/** tinypool asks an entry for a function; it is given no tasks. */
export default (): void => {};
