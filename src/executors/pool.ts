/** What executors ask of a pool of workers, whatever the workers are. */

/** One task that was given to a pool. */
export interface Dispatched<Reply> {
  /**
   * The worker's reply, or undefined when the task was withdrawn. Rejects with a WorkerCrashedError once the worker
   * that had the task is dead.
   */
  readonly reply: Promise<Reply | undefined>;
  /** Whether a worker has it (or had it). */
  isRunning(): boolean;
  /** Nobody wants the task any more: takes it back if no worker has it yet. */
  withdraw(): boolean;
  /** Ends the worker that has the task, if one has; `reply` rejects when it is dead. */
  kill(): void;
}

export interface WorkerPool<Task, Reply> {
  readonly size: number;
  dispatch(task: Task): Dispatched<Reply>;
  /** Node's thread ids of the workers that are threads. */
  threadIds(): number[];
  /** Resolves when all workers are up. */
  ready(): Promise<void>;
  /** Ends all workers; resolves when they are dead. */
  destroy(): Promise<void>;
}

/** What happened to a worker that ended while it had a task. */
export function describeExit(what: string, code: number | null, signal?: string | null): string {
  return signal ? `${what} was killed by ${signal}` : `${what} exited with code ${code}`;
}

/** What happened to a thread that something ended which nobody caught: whatever was thrown, as far as it could be sent. */
export function describeDeath(error: unknown): string {
  return `the worker thread ended: ${(error as Error | null)?.message ?? String(error)}`;
}

/**
 * Node's options for a worker, from this process's: `--input-type` (of `node --input-type=module -e ...`) makes every
 * worker fail to start, and `-e` would run the program again.
 */
export function inheritedOptions(keep: boolean): { execArgv?: string[] } {
  if (!process.execArgv.some((option) => option.startsWith("--input-type"))) return {};
  if (!keep) return { execArgv: [] };
  const execArgv = [...process.execArgv];
  for (const flag of ["-e", "--eval", "-p", "--print", "-pe"]) {
    const at = execArgv.indexOf(flag);
    if (at >= 0) execArgv.splice(at, 2);
  }
  return { execArgv: execArgv.filter((option) => !option.startsWith("--input-type")) };
}
