/** `allcores worker`: computes chunks of a cluster's jobs until it is told to end. */
import { setTimeout } from "node:timers";
import type { ClusterEvent } from "allcores/cluster";
import type { Command } from "commander";
import { eventText } from "../cluster/event-text.js";
import { addPlaceOptions, type PlaceFlags } from "../cluster/options.js";
import { asUse, newCommand, withExample } from "../command.js";
import type { Interrupt } from "../interrupt.js";
import { reader } from "../output.js";
import { duration, whole } from "../parse.js";

const CTRL_C = 130;
/** How long what a lost server leaves behind may keep a worker that has ended, or whose parent has gone, in ms. */
const HARD_EXIT_MS = { ended: 2_000, parentGone: 10_000 } as const;

interface WorkerFlags extends PlaceFlags {
  readonly workers?: number;
  readonly lockDuration?: number;
  readonly stalledInterval?: number;
  readonly kernels?: readonly string[];
  readonly store?: string;
  readonly json?: boolean;
}

export function workerCommand(interrupt: Interrupt): Command {
  const command = addPlaceOptions(newCommand("worker", "compute chunks of a cluster's jobs, until SIGTERM"))
    .option("--workers <count>", "threads (default: as many as cores allowed)", whole(1, 1024))
    .option(
      "--lock-duration <time>",
      "how long a chunk is its worker's without a sign of life (default: 15s)",
      duration,
    )
    .option("--stalled-interval <time>", "how often chunks of dead workers are looked for (default: 5s)", duration)
    .option("--kernels <file...>", "JS or .wasm files whose exports may be called, beside the built-in kernels")
    .option("--store <folder>", "a folder that all machines share, for arrays too large for Redis")
    .option("--json", "print one JSON object for each event on stdout, in place of lines on stderr");
  command.action((flags: WorkerFlags) => asUse(command, () => run(flags, interrupt)));
  return withExample(
    command,
    "allcores worker --connection redis://10.0.0.1:6379 --queue render --kernels dist/saxpy.js",
  );
}

/** Resolves when it has ended by SIGTERM or by the end of its parent. Ctrl-C rejects, as in every command. */
async function run({ json, ...options }: WorkerFlags, interrupt: Interrupt): Promise<void> {
  const [{ ShutdownError }, { ClusterWorker }] = await Promise.all([import("allcores"), import("allcores/cluster")]);
  reader.isNeeded = false; // a log that nobody reads is no reason to stop
  const worker = new ClusterWorker({ ...options, onEvent: json ? printJson : printLine });
  const finish = () => void worker.shutdown();
  const drop = () => {
    exitAfter(HARD_EXIT_MS.parentGone);
    void worker.shutdown({ cancel: true });
  };
  interrupt.signal.addEventListener("abort", finish, { once: true });
  // The parent has gone when the IPC channel that it started the worker with closes: others take over the chunks.
  if (process.channel) process.once("disconnect", drop);
  try {
    if (!interrupt.signal.aborted) await worker.run();
  } catch (error) {
    if (!(error instanceof ShutdownError)) throw error; // it was told to end while it connected
  } finally {
    interrupt.signal.removeEventListener("abort", finish);
    process.off("disconnect", drop);
    exitAfter(HARD_EXIT_MS.ended);
  }
  if (interrupt.exitCode === CTRL_C) interrupt.signal.throwIfAborted();
}

function exitAfter(ms: number): void {
  setTimeout(() => process.exit(), ms).unref();
}

function printJson(event: ClusterEvent): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

function printLine(event: ClusterEvent): void {
  if (event.event !== "claimed") process.stderr.write(`allcores worker: ${eventText(event)}\n`);
}
