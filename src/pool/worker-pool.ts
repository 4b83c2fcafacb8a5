/** What executors ask of a pool of workers, whatever the workers are. */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { WorkerCrashedError } from "../errors.js";

/** One task that was given to a pool. */
export interface Dispatched<Reply> {
  /**
   * The worker's reply, or undefined when the task was withdrawn. Rejects with a WorkerCrashedError once the worker
   * that had the task is dead, or when none can be started.
   */
  readonly reply: Promise<Reply | UnreadableReply | undefined>;
  /** Whether a worker has it. */
  isHeld(): boolean;
  /** Of a task that was deferred, and waits with an idle worker: what `ringFor` rings. */
  readonly deferred?: number | undefined;
  /** Takes the task back if no worker has begun on it. */
  takeBack?(): boolean;
  /** The same; and it is not given to another worker any more. */
  withdraw(): boolean;
  /** Ends the worker that has the task, if one has; `reply` rejects when it is dead. */
  kill(): void;
  /** Sends a message to the process that has the task, or has had it. */
  readonly send?: Send | undefined;
}

export type Send = (message: unknown) => void;

/**
 * Stands for a reply that the caller can't read, with what reading it threw. A worker's stack is larger than the caller's: it
 * can write a list of 3,000 nodes that the caller can't read.
 */
export class UnreadableReply {
  constructor(readonly error: unknown) {}
}

/**
 * The next message of a port, at once.
 * @internal
 */
export function receive<T>(port: MessagePort): { readonly value: T | UnreadableReply } | undefined {
  try {
    const received = receiveMessageOnPort(port);
    return received && { value: received.message };
  } catch (error) {
    return { value: new UnreadableReply(error) };
  }
}

/** Whether a worker has begun on a task. If that worker died before, the pool gives the task to another one. Undefined: not known. */
export type HasBegun = () => boolean | undefined;

/** How often the pool gives a task to a worker: the task itself may be what ends workers before they can begin. */
export const MAX_TRIES = 3;

/** How long a task should take, as far as is known by now. */
export interface TaskCost {
  readonly ms: number;
}

/** How a pool may give a task away. */
export interface DispatchOptions {
  /** To an idle worker that does not begin before another thread rings for it, where there is one. */
  readonly defer?: boolean | undefined;
  /** A busy worker may be given several short ones. Undefined: it may be long. */
  readonly cost?: TaskCost | undefined;
}

/** Workers that take tasks, each one at a time. */
export interface WorkerPool<Task, Reply> {
  readonly size: number;
  dispatch(task: Task, hasBegun: HasBegun, options?: DispatchOptions): Dispatched<Reply>;
  /** Node's thread ids of the workers that are threads. */
  threadIds(): number[];
  /** Starts workers; resolves when `count` are up. Rejects with a WorkerCrashedError when they can't be started. */
  ready(count: number): Promise<void>;
  /** Ends all workers; resolves when they are dead. */
  destroy(): Promise<void>;
}

/** What happened to a worker that ended while it had a task. */
export function describeExit(what: string, code: number | null, signal?: string | null): string {
  return signal ? `${what} was killed by ${signal}` : `${what} exited with code ${code}`;
}

/** The error of a worker that the system could not start: out of threads, processes, memory or open files. */
export function notStarted(what: string, cause: unknown): WorkerCrashedError {
  return new WorkerCrashedError(`${what} could not be started: ${(cause as Error).message}`, { cause });
}

/** What happened to a thread that an uncaught error ended; Node gives the error as far as it could be sent. */
export function describeDeath(error: unknown): string {
  return `the worker thread ended: ${(error as Error | null)?.message ?? String(error)}`;
}

/** The error of a thread that has ended. @param failure what it threw last, if an error ended it */
export function threadCrash(failure: Error | undefined, code: number): WorkerCrashedError {
  if (!failure) return new WorkerCrashedError(describeExit("the worker thread", code));
  return new WorkerCrashedError(describeDeath(failure), { cause: failure });
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
