/** The way to one worker, and its source, which starts it: what a pool needs to know of threads and processes. */
import type { WorkerCrashedError } from "../errors.js";
import type { Send, UnreadableReply } from "./worker-pool.js";

/** What becomes of a worker. */
export interface WorkerEvents<Reply> {
  /** It can take tasks. */
  up(): void;
  /** It can't be made ready to take tasks, and no other worker could. */
  refused?(error: Error): void;
  reply(reply: Reply | UnreadableReply): void;
  /** It is about to end: its reply may still come, but the next task must go to another worker. */
  doom(): void;
  /** It is dead, and its last reply has come. */
  ended(error: WorkerCrashedError): void;
}

/** The way to one worker. */
export interface WorkerLine<Task> {
  readonly threadId: number;
  /** It keeps the process alive from now on. */
  post(task: Task): void;
  /** Gives it a task that another thread will ring for. @returns what `ringFor` rings; undefined if it can't be deferred */
  defer?(task: Task): number | undefined;
  /** Gives it one more task, which it begins on after those that it has. @returns false if it can't be given it now */
  add?(task: Task): boolean;
  /** Takes the replies that it has not told of yet, since it has more tasks. */
  look?(): void;
  /** @returns false when the worker has begun on the task, or will */
  takeBack?(task: Task): boolean;
  /** Sends it a message beside its tasks. */
  readonly send?: Send;
  /** It has no task: it does not keep the process alive. */
  rest(): void;
  /** It keeps the process alive until it is dead. */
  keep(): void;
  end(): void;
}

export interface WorkerSource<Task, Reply> {
  /** @throws WorkerCrashedError when the system has no room for one more */
  start(events: WorkerEvents<Reply>): WorkerLine<Task>;
  /** Ends all workers; resolves when they are dead. */
  destroy(): Promise<void>;
}
