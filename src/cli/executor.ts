/** The options of where to compute, and the executor that they choose. */
import type { Executor, ExecutorKind } from "allcores";
import { type Command, Option } from "commander";
import { heapSize, whole } from "./parse.js";

/** The executors that commands know. */
export type NamedExecutor = Exclude<ExecutorKind, "interpreters" | "cluster">;

const EXECUTORS: readonly NamedExecutor[] = ["serial", "threads", "processes", "async"];

export interface ExecutorFlags {
  readonly executor: NamedExecutor;
  readonly workers?: number;
  readonly heap?: number;
}

/** Parts of a work that has some for all workers, as long as its file is not read. */
export const MANY = 1024;

/** --executor, --workers, --heap and --json. */
export function addRunOptions(command: Command): Command {
  return command
    .addOption(new Option("--executor <name>", "where to compute").choices(EXECUTORS).default("threads"))
    .option("--workers <count>", "threads or processes (default: as many as cores allowed)", whole(1, 1024))
    .option("--heap <size>", "greatest size of the shared heap, such as 512MiB (default: 4GiB)", heapSize)
    .option("--json", "print one JSON object");
}

/**
 * The chosen executor, with as many workers up as the work can use, so that a later time is of computing alone.
 * @param parts chunks of the work: no more workers are started
 * @param signal aborted: ends the start, and rejects with its reason
 */
export async function openExecutor(
  flags: ExecutorFlags,
  command: Command,
  parts: number,
  signal: AbortSignal,
): Promise<Executor> {
  const { executor: kind, workers, heap } = flags;
  if (kind === "serial" && workers !== undefined && workers !== 1)
    command.error("option '--workers <count>' is for executors with workers, not for '--executor serial'");
  const { configureHeap } = await import("allcores");
  if (heap !== undefined) configureHeap({ bytes: heap });
  const executor = await createExecutor(kind, workers);
  const end = () => void executor.shutdown({ cancel: true });
  signal.addEventListener("abort", end, { once: true });
  try {
    await executor.ready(Math.max(1, parts));
    signal.throwIfAborted();
    return executor;
  } catch (error) {
    await executor.shutdown({ cancel: true });
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** An executor by its name. */
export async function createExecutor(kind: NamedExecutor, workers?: number): Promise<Executor> {
  const { AsyncExecutor, ProcessExecutor, SerialExecutor, ThreadExecutor } = await import("allcores");
  switch (kind) {
    case "serial":
      return new SerialExecutor();
    case "threads":
      return new ThreadExecutor({ workers });
    case "processes":
      return new ProcessExecutor({ workers });
    case "async":
      return new AsyncExecutor({ workers });
  }
}
