/** Worker threads that run an event loop between tasks; tasks and replies are messages. */
import { MessageChannel, Worker } from "node:worker_threads";
import type { WorkerCrashedError } from "../errors.js";
import type { WorkerEvents, WorkerLine, WorkerSource } from "./worker-line.js";
import { inheritedOptions, notStarted, receive, threadCrash, UnreadableReply } from "./worker-pool.js";

export interface DedicatedOptions {
  readonly entry: URL;
  readonly workerData: () => object;
  /** Called with what a worker posts beside its replies. */
  readonly onMessage: (message: unknown) => void;
  /** Of the thread, as debuggers show it. */
  readonly name?: string | undefined;
  /** The error for what an entry posts in place of UP. */
  readonly refusal?: (message: unknown) => Error;
  /** The error for a worker that ends between BEGUN and UP: another one would end in the same way. */
  readonly refusalOfEnd?: ((crash: WorkerCrashedError) => Error) | undefined;
}

/** A message of an entry before UP: users' code begins to make it ready. */
export const BEGUN = "allcores: begun";

/** The first message of an entry but for BEGUN: it can take tasks. */
export const UP = "allcores: up";

export class DedicatedThreads<Task, Reply> implements WorkerSource<Task, Reply> {
  readonly #workers = new Map<Worker, Promise<void>>();

  constructor(private readonly options: DedicatedOptions) {}

  start(events: WorkerEvents<Reply>): WorkerLine<Task> {
    // A channel apart from the parent's: what a kernel posts to its parent must not pass for a reply.
    const { port1: port, port2 } = new MessageChannel();
    let worker: Worker;
    try {
      worker = new Worker(this.options.entry, {
        workerData: { ...this.options.workerData(), port: port2 },
        transferList: [port2],
        name: this.options.name,
        ...inheritedOptions(false),
      });
    } catch (error) {
      port.close();
      throw notStarted("the worker thread", error);
    }
    let failure: Error | undefined;
    let hasBegun = false;
    let isUp = false;
    let isOver = false;
    const hear = (message: Reply | UnreadableReply | typeof UP | typeof BEGUN) => {
      if (message === BEGUN) hasBegun = true;
      else if (message === UP) {
        isUp = true;
        if (!isOver) events.up();
      } else if (isUp || !this.options.refusal) events.reply(message);
      else events.refused?.(this.options.refusal(message));
    };
    port.on("message", hear);
    port.on("messageerror", (error) => events.reply(new UnreadableReply(error)));
    worker.on("message", this.options.onMessage);
    worker.on("error", (error) => {
      failure = error;
      events.doom();
    });
    const gone = new Promise<void>((resolve) => {
      worker.once("exit", (code) => {
        isOver = true;
        events.doom();
        // The reply may have come with the exit, which a late error caused.
        for (let next = receive<Reply>(port); next; next = receive(port)) hear(next.value);
        port.close();
        this.#workers.delete(worker);
        const crash = threadCrash(failure, code);
        if (hasBegun && !isUp && this.options.refusalOfEnd) events.refused?.(this.options.refusalOfEnd(crash));
        events.ended(crash);
        resolve();
      });
    });
    this.#workers.set(worker, gone);
    return {
      get threadId() {
        return worker.threadId;
      },
      post: (task) => {
        worker.ref();
        port.ref();
        port.postMessage(task);
      },
      rest: () => {
        worker.unref();
        port.unref();
      },
      keep: () => worker.ref(),
      end: () => void worker.terminate(),
    };
  }

  async destroy(): Promise<void> {
    const all = [...this.#workers];
    for (const [worker] of all) worker.terminate();
    await Promise.all(all.map(([, gone]) => gone));
  }
}
