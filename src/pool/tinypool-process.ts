/** One child process of a tinypool pool: when it is up, when it is dead, and how it is ended. */
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Tinypool } from "tinypool";
import { WorkerCrashedError } from "../errors.js";
import { describeExit, notStarted } from "./worker-pool.js";

/** With what tinypool's types do not name: the process itself, and the way to it. */
export type Member = Tinypool["threads"][number] & {
  readonly process?: ChildProcess;
  send?(message: unknown): void;
};

/** What tinypool's entry posts. Libraries and kernels post to the same channel. */
interface Posted {
  /** tinypool's entry is loaded. */
  readonly ready?: boolean;
}

export class TinypoolProcess {
  /** Resolves when it is dead. */
  readonly gone: Promise<void>;
  #isUp = false;

  /**
   * @param up called when it can take tasks
   * @param hear called with each message that is not tinypool's
   * @param ended called once when it is dead, or could not be started
   */
  constructor(
    private readonly member: Member,
    private readonly up: () => void,
    private readonly hear: (message: unknown) => void,
    ended: (error: WorkerCrashedError) => void,
  ) {
    // tinypool keeps the pipe open: a kernel that reads stdin would wait for ever.
    member.process?.stdin?.destroy();
    member.setChannel?.({ postMessage: hear });
    this.#listen(member.setChannel === undefined);
    this.gone = new Promise((resolve) => {
      let isOver = false;
      const end = (error: WorkerCrashedError) => {
        if (isOver) return;
        isOver = true;
        ended(error);
        resolve();
      };
      member.once("exit", (code: number | null, signal?: string | null) => {
        end(new WorkerCrashedError(describeExit(`the worker process ${this.id}`, code, signal)));
      });
      member.on("error", (error: Error) => {
        if (this.id !== undefined) return;
        end(notStarted("the worker process", error));
        member.emit("exit", null); // a process that was not spawned has no exit, for which tinypool would wait
      });
    });
  }

  /**
   * By a listener for one message, time and again: of one that stays, tinypool hands on its own messages alone.
   * @param forever whether all messages come this way, since the process has no channel (a private field of tinypool); that
   *   takes 1 us a message
   */
  #listen(forever: boolean): void {
    this.member.once("message", (message: Posted | null) => {
      const isReady = !this.#isUp && message?.ready === true;
      this.#isUp ||= isReady;
      if (!this.#isUp || forever) this.#listen(forever);
      if (isReady) this.up();
      else if (forever) this.hear(message);
    });
  }

  /** Its process id; undefined of a process that could not be spawned. */
  get id(): number {
    return this.member.threadId;
  }

  kill(): void {
    try {
      process.kill(this.id, "SIGKILL");
    } catch {
      // It is dead already.
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
 * tinypool pipes a child's output into this process's, and asks for room for one listener more each time. Node pipes the
 * output of each thread too, and asks for none: with more of both than ten, Node would warn of a leak. So there is room for
 * all that listen when a process starts; tinypool asks for its own.
 */
export function makeRoomForPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const needed = stream.listenerCount("error");
    const allowed = stream.getMaxListeners();
    if (allowed !== 0 && allowed < needed) stream.setMaxListeners(needed);
  }
}
