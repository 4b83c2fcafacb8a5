/**
 * One worker of a tinypool pool, thread or process: when it is up, when it is dead, and what it posts beside its replies.
 *
 * A thread has a port to the caller beside tinypool's (its entry posts it when it is loaded), for replies that hold objects:
 * tinypool would not notice one that the caller can't read, and its task would wait for ever.
 */
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { MessagePort, Worker } from "node:worker_threads";
import type { Tinypool } from "tinypool";
import { WorkerCrashedError } from "../errors.js";
import { describeExit, notStarted, receive, UnreadableReply } from "./worker-pool.js";

/** With what tinypool's types do not name: the task's channel, and the thread or process itself. */
export type Member = Tinypool["threads"][number] & {
  channel?: unknown;
  readonly thread?: Worker;
  readonly process?: ChildProcess;
};

/** What an entry posts beside its replies. Runtimes, libraries and kernels post to the same port. */
interface Posted {
  /** tinypool's entry is loaded. */
  readonly ready?: boolean;
  readonly allcores?: unknown;
  readonly port?: MessagePort;
}

export class TinypoolMember {
  isUp = false;
  /** Resolves when it is dead. */
  readonly gone: Promise<void>;
  #port: MessagePort | undefined;

  /**
   * @param up called when it can take tasks
   * @param ended called once when it is dead, or could not be started
   * @param onMessage called with what it posts beside its replies
   */
  constructor(
    private readonly member: Member,
    private readonly isThread: boolean,
    up: () => void,
    ended: (error: WorkerCrashedError) => void,
    onMessage: (message: unknown) => void,
  ) {
    this.#ignoreOthers();
    // tinypool keeps the pipe open: a kernel that reads stdin would wait for ever.
    member.process?.stdin?.destroy();
    const hear = (message: Posted | null) => {
      if (message?.ready === true && !this.isUp) {
        this.isUp = true;
        up();
      } else if (message?.allcores === "port") {
        this.#port = message.port;
        this.#port?.unref();
      } else onMessage(message);
    };
    if (isThread) member.on("message", hear);
    else this.#untilUp(hear); // later, messages come by the task's channel; with a further listener they would come twice
    this.gone = new Promise((resolve) => {
      let isOver = false;
      const end = (error: WorkerCrashedError) => {
        if (isOver) return;
        isOver = true;
        this.#port?.close();
        ended(error);
        resolve();
      };
      member.once("exit", (code: number | null, signal?: string | null) => {
        const what = isThread ? "the worker thread" : `the worker process ${this.id}`;
        end(new WorkerCrashedError(describeExit(what, code, signal)));
      });
      if (isThread) return;
      member.on("error", (error: Error) => {
        if (this.id !== undefined) return;
        end(notStarted("the worker process", error));
        member.emit("exit", null); // a process that was not spawned has no exit, for which tinypool would wait
      });
    });
  }

  #untilUp(hear: (message: Posted | null) => void): void {
    this.member.once("message", (message: Posted | null) => {
      hear(message);
      if (!this.isUp) this.#untilUp(hear);
    });
  }

  /** Its thread or process id; undefined of a process that could not be spawned. */
  get id(): number {
    return this.member.threadId;
  }

  /** The reply that it has posted on the port beside tinypool's. */
  receive(): unknown {
    const next = this.#port && receive(this.#port);
    return next ? next.value : new UnreadableReply(new Error("the reply was lost"));
  }

  kill(): void {
    if (this.isThread) {
      this.member.terminate();
      return;
    }
    try {
      process.kill(this.id, "SIGKILL");
    } catch {
      // It is dead already.
    }
  }

  /** tinypool takes a message of runtimes (`node --watch`) or kernels to a thread's parent for a fault. */
  #ignoreOthers(): void {
    const { thread } = this.member;
    for (const listener of thread?.listeners("message") ?? []) {
      // In this order: with no listener for a moment, the thread would keep the process alive from then on.
      thread?.on("message", (message: Posted | null) => message?.ready === true && listener(message));
      thread?.off("message", listener as () => void);
    }
  }
}

/**
 * Runs what may fork a child. Where the system is out of files, the child has no channel, and tinypool fails by using it
 * before it listens to the child's errors. With an inert channel tinypool hears the error, which holds the reason.
 */
export function watchFork<T>(work: () => T): T {
  const hear = (message: unknown) => {
    (message as { process: ChildProcess }).process.send = () => false;
  };
  subscribe("child_process", hear);
  try {
    return work();
  } finally {
    unsubscribe("child_process", hear);
  }
}

/**
 * tinypool pipes each child's output into this process's, and asks for one listener more each time. Node pipes those of
 * threads too, and asks for none: from eleven of both on, Node would warn of a leak.
 */
export function makeRoomForPipes(children: number): void {
  for (const stream of [process.stdout, process.stderr]) {
    const needed = stream.listenerCount("error") + children;
    const allowed = stream.getMaxListeners();
    if (allowed !== 0 && allowed < needed) stream.setMaxListeners(needed);
  }
}
