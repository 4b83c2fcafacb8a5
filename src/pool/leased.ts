/**
 * Worker threads that tinypool starts and ends, each leased for its life: tasks reach it by a doorbell, not by tinypool's
 * messages, whose replies cost 50 us more (most of it `process.memoryUsage()` for each).
 *
 *   start ──> tinypool adds a thread ──> it is up, and posts its port ──> the pool answers with the doorbell
 *   post  ──> the task as numbers, or by the port ──> the bell
 *   reply ──> as numbers, or by the port ──> the pool's count of answers
 *
 * Two tricks. `run` while the queue says that one task waits makes tinypool add a thread even beside idle ones; the task
 * itself is dropped. `emit("error")`: tinypool does not notice a thread that exits by itself, but it does handle errors; so
 * each thread's exit is hooked. tinypool must still hold it then: destroying a removed one twice crashes.
 */
import type { MessagePort, Worker } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { freeInternal } from "../memory/heap.js";
import { type Answering, Answers } from "./answers.js";
import { type Cell, Doorbell } from "./doorbell.js";
import { TinypoolQueue } from "./tinypool-queue.js";
import type { WorkerEvents, WorkerLine, WorkerSource } from "./worker-line.js";
import { inheritedOptions, notStarted, receive, threadCrash, UnreadableReply } from "./worker-pool.js";

/** The pool's side of tasks and replies as numbers; others go as messages, which are cloned. */
export interface Shorthand<Task, Reply> {
  /** @returns whether the task has a shorthand */
  writeTask(task: Task, numbers: Float64Array): boolean;
  /** The worker has read the task from a message. */
  learn(task: Task): void;
  readReply(numbers: Float64Array): Reply;
}

export interface LeasedOptions<Task, Reply> {
  readonly entry: URL;
  /** Threads at most. */
  readonly size: number;
  readonly workerData: () => object;
  /** Called with what a worker posts beside its replies. */
  readonly onMessage: (message: unknown) => void;
  /** A new one for each worker. */
  readonly shorthand: () => Shorthand<Task, Reply>;
}

/** What an entry posts when it is loaded, beside tinypool's `ready`. Runtimes, libraries and kernels post to the same port. */
interface Posted {
  readonly ready?: boolean;
  readonly allcores?: unknown;
  readonly port?: MessagePort;
}

/** What a cell of a doorbell was given. */
interface Given<Task> {
  readonly task: Task;
  readonly isPosted: boolean;
}

/** What a worker is sent first. */
export interface Lease {
  /** Pointers of its doorbell and of the pool's count of answers. */
  readonly doorbell: number;
  readonly answers: number;
}

/** The last doorbells of dead threads are not used again yet. */
const SPARED = 64;

/** With the thread itself, which tinypool's types do not name. */
type Member = Tinypool["threads"][number] & { readonly thread?: Worker };

export class LeasedThreads<Task, Reply> implements WorkerSource<Task, Reply> {
  readonly #pool: Tinypool;
  readonly #queue = new TinypoolQueue(() => {});
  readonly #answers = new Answers();
  readonly #gone = new Map<Member, Promise<void>>();
  /** Of the threads that live. */
  readonly #doorbells = new Set<Doorbell>();
  /** Doorbells of dead threads, the oldest first: another thread may still be about to ring for a task that one had. */
  readonly #unused: number[] = [];

  constructor(private readonly options: LeasedOptions<Task, Reply>) {
    const { entry, size, workerData } = options;
    const pool = new Tinypool({
      filename: entry.href,
      minThreads: 0,
      maxThreads: size,
      taskQueue: this.#queue as never,
      // A thread sleeps in its doorbell's wait, and not in tinypool's.
      useAtomics: false,
      workerData: workerData(),
      ...inheritedOptions(false),
    });
    // The death of an idle worker fails no task.
    pool.on("error", () => {});
    // As many as there are: tinypool neither ends idle workers, by timers that test runners fake, nor replaces dead ones.
    for (const limit of ["minThreads", "maxThreads"])
      Object.defineProperty(pool.options, limit, { get: () => pool.threads.length + (this.#queue.size > 0 ? 1 : 0) });
    this.#pool = pool;
  }

  start(events: WorkerEvents<Reply>): WorkerLine<Task> {
    // First, since it may throw: a thread that is started must be known.
    const doorbell = this.#freeDoorbell();
    const member = this.#startThread(() => this.#unused.push(doorbell.pointer));
    this.#doorbells.add(doorbell);
    const shorthand = this.options.shorthand();
    let port: MessagePort | undefined;
    let isUp = false;
    /** What the doorbell's cells hold, in their order. */
    const given: Given<Task>[] = [];
    /** Of these, the tasks that were not taken back. */
    let expected = 0;
    /** Passes the next cell that the worker is through with. */
    const pass = () => {
      doorbell.pass();
      return given.shift() as Given<Task>;
    };
    const takeNext = ({ reply, numbers }: Cell) => {
      const { task, isPosted } = pass();
      if (reply === undefined) return;
      expected--;
      // Of a task that it could not read, the worker has learnt nothing: both sides would number kernels differently.
      if (isPosted && reply !== "unread") shorthand.learn(task);
      events.reply(reply === "here" ? shorthand.readReply(numbers) : received(port));
    };
    const answering: Answering = {
      get isAnswered() {
        return doorbell.answered !== undefined;
      },
      take: () => {
        // No more than it has now: it may be given others for those that it is through with.
        for (let most = given.length; most > 0 && doorbell.answered; most--) takeNext(doorbell.answered);
        if (expected > 0) this.#answers.expect(answering);
      },
    };
    const give = (task: Task, isPosted: boolean, isDeferred = false) => {
      given.push({ task, isPosted });
      expected++;
      doorbell.give(isPosted, isDeferred);
      this.#answers.expect(answering);
    };
    /** Writes the task, or posts it. */
    const isMessage = (task: Task) => {
      if (shorthand.writeTask(task, doorbell.next.numbers)) return false;
      port?.postMessage(task);
      return true;
    };
    member.on("message", (message: Posted | null) => {
      if (message?.allcores === "port") {
        port = message.port;
        member.ref?.(); // tinypool lets go of it now, and the process would end before it is up
      } else if (message?.ready !== true) this.options.onMessage(message);
      else if (!isUp) {
        isUp = true;
        member.unref?.();
        port?.postMessage({ doorbell: doorbell.pointer, answers: this.#answers.pointer } satisfies Lease);
        events.up();
      }
    });
    // tinypool's own listener handles it too, first: errors come before the exit.
    let failure: Error | undefined;
    member.on("error", (error: Error) => {
      failure ??= error;
      events.doom();
    });
    const gone = new Promise<void>((resolve) => {
      member.once("exit", (code: number) => {
        const error = threadCrash(failure, code);
        events.doom();
        if (this.#pool.threads.includes(member)) member.emit("error", error);
        this.#gone.delete(member);
        // The reply may have come with the exit, which a late error caused.
        while (doorbell.answered) takeNext(doorbell.answered);
        this.#answers.forget(answering);
        this.#answers.rouse();
        this.#doorbells.delete(doorbell);
        for (const other of this.#doorbells) other.rouse();
        port?.close();
        doorbell.takeBackDeferred();
        this.#unused.push(doorbell.pointer);
        events.ended(error);
        resolve();
      });
    });
    this.#gone.set(member, gone);
    return {
      threadId: member.threadId,
      post: (task) => give(task, isMessage(task)),
      defer: (task) => {
        const isPosted = isMessage(task);
        // A message can't be taken back.
        give(task, isPosted, !isPosted);
        return isPosted ? undefined : doorbell.pointer;
      },
      add: (task) => {
        while (doorbell.answered && doorbell.answered.reply === undefined) pass();
        const fits = doorbell.room > 1 && shorthand.writeTask(task, doorbell.next.numbers);
        if (fits) give(task, false);
        return fits;
      },
      look: () => {
        if (!answering.isAnswered) return;
        this.#answers.forget(answering);
        answering.take();
      },
      takeBack: (task) => {
        if (doorbell.takeBackDeferred()) given.pop();
        else if (!doorbell.takeBack(given.findLastIndex((one) => one.task === task))) return false;
        if (--expected === 0) this.#answers.forget(answering);
        return true;
      },
      rest: () => {},
      keep: () => member.ref?.(),
      end: () => void member.terminate(),
    };
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy();
    await Promise.all(this.#gone.values());
    this.#answers.close();
    for (const pointer of this.#unused) freeInternal(pointer);
  }

  #freeDoorbell(): Doorbell {
    const oldest = this.#unused.length > SPARED ? this.#unused.shift() : undefined;
    return oldest === undefined ? Doorbell.allocate() : Doorbell.renew(oldest);
  }

  /** @param failed called before it throws */
  #startThread(failed: () => void): Member {
    const before = new Set(this.#pool.threads);
    try {
      // The task is dropped, and its promise never settles.
      this.#queue.startWorker(() => void this.#pool.run(null));
    } catch (error) {
      failed();
      throw notStarted("the worker thread", error);
    }
    const member = this.#pool.threads.find((thread) => !before.has(thread)) as Member;
    ignoreOthers(member);
    return member;
  }
}

/**
 * tinypool takes a message of runtimes (`node --watch`) or kernels to a thread's parent for a fault. Where it does not show
 * its thread, which is no part of its types, that stays so, and all else works.
 */
function ignoreOthers({ thread }: Member): void {
  for (const listener of thread?.listeners("message") ?? []) {
    // In this order: with no listener for a moment, the thread would keep the process alive from then on.
    thread?.on("message", (message: Posted | null) => message?.ready === true && listener(message));
    thread?.off("message", listener as () => void);
  }
}

function received<Reply>(port: MessagePort | undefined): Reply | UnreadableReply {
  const next = port && receive<Reply>(port);
  return next ? next.value : new UnreadableReply(new Error("the reply was lost"));
}
