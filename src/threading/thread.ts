/**
 * A separate thread for one call of a JS kernel, as Python's threading.Thread.
 *
 *   start ──> worker ──> STATE ──> join goes on (a blocked one too)
 *                    ├─> port: the outcome, read when a caller asks for it, also without the event loop; it never changes
 *                    ├─> port: REST, when only timers and the like keep the thread: the process need not wait for it
 *                    └─> exit: why the thread has ended, if it did so before there was an outcome
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { UnsupportedError, WorkerCrashedError } from "../errors.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure, type WireFailure } from "../job/failure.js";
import { type AnyFunction, checkKernel, isKernel, type Kernel } from "../job/handles.js";
import { labelOf } from "../job/prepare.js";
import { checkPrimitive } from "../job/primitives.js";
import { packageFile } from "../locate.js";
import { sharedMemory } from "../memory/heap.js";
import {
  describeDeath,
  describeExit,
  inheritedOptions,
  notStarted,
  receive,
  UnreadableReply,
} from "../pool/worker-pool.js";
import { agentId } from "../sync/agents.js";
import type { AsyncWaitOptions } from "../sync/async-line.js";
import { milliseconds, optionalPlain, optionsObject, show } from "../validate.js";
import { hearWorker } from "../worker/hear-worker.js";
import { refuseWhileLoading } from "../worker/load.js";
import { reportUncaught } from "./excepthook.js";
import type { SubclassOptions, ThreadOptions } from "./options.js";
import { running, type ThreadInfo } from "./running.js";
import { HAS_BEGUN, IS_OVER, ThreadState } from "./state.js";
import { refuseRunField, subclassCall, type ThreadCall } from "./subclass.js";

/** The outcome of a thread's call. */
export interface CallOutcome<T = unknown> {
  readonly value?: T;
  readonly failure?: WireFailure;
  /** The thread has not found its class, and why. */
  readonly noClass?: string;
}

/** Posted by the thread after its outcome, when what its call printed has been written. */
export const REST = "allcores: rest";

let lastNumber = 0;

/**
 * Runs one call of a JS kernel in a separate thread. Prefer an executor for work that computes: a thread takes 25-40 ms
 * to start and some MB. This is for calls that block (on locks, queues, a sleep), as many as are wanted.
 *
 * A subclass has a method `run` in place of the kernel, as in Python. It is exported under its name, and has a
 * `static module = import.meta.url` of its own: the thread imports that module and calls `run(...args)` with a `this` that
 * has the methods of the class, `name`, `ident` and `daemon`. The constructor does not run there, so fields are missing.
 *
 * `join` waits for the call, whose outcome never changes afterwards. Timers and the like that the call has left keep the
 * thread alive, but not the process, as if it were a daemon; an error that they throw is a process warning.
 */
export class Thread<F extends AnyFunction = AnyFunction> implements ThreadInfo {
  readonly name: string;
  readonly daemon: boolean;
  /** Names the class, in a subclass with `run`. */
  readonly #kernel: Kernel;
  readonly #isSubclass: boolean;
  readonly #args: readonly unknown[];
  readonly #state = new ThreadState();
  #port: MessagePort | undefined;
  #exited: Promise<void> | undefined;
  #ident: number | undefined;
  #value: Awaited<ReturnType<F>> | undefined;
  #error: Error | undefined;
  /** Whether the outcome of the call is known. */
  #isSettled = false;

  /**
   * @param kernel made by `jsKernel`
   * @param args structured-cloned at `start`; shared memory and heap arrays are shared
   */
  constructor(kernel: Kernel<F>, args?: Parameters<F> | readonly [], options?: ThreadOptions);
  /**
   * For `super` of a subclass that has a `run`.
   * @throws TypeError when the class has no `static module` of its own that is a URL, no `run`, or a field in its place
   */
  constructor(options?: SubclassOptions<F>);
  constructor(
    first?: Kernel<F> | SubclassOptions<F>,
    ...rest: [args?: readonly unknown[] | undefined, options?: ThreadOptions | undefined]
  ) {
    this.#isSubclass = new.target !== Thread && rest.length === 0 && !isKernel(first);
    const call: ThreadCall = { kernel: first, args: rest[0], options: rest[1] };
    const { kernel, args = [], options = {} } = this.#isSubclass ? subclassCall(new.target, first) : call;
    checkKernel(kernel);
    if (kernel.language !== "js") throw new UnsupportedError("Thread: kernel must be a JS kernel, made by jsKernel");
    if (!Array.isArray(args)) throw new TypeError(`args must be an array of arguments, got ${show(args)}`);
    for (const [i, arg] of args.entries()) checkPrimitive(`args[${i}]`, arg, "js");
    optionsObject("options", options);
    optionalPlain("name", "string", options.name);
    optionalPlain("daemon", "boolean", options.daemon);
    this.name = options.name ?? `Thread-${++lastNumber}`;
    this.daemon = options.daemon ?? false;
    this.#kernel = kernel;
    this.#args = args;
  }

  get ident(): number | undefined {
    return this.#ident;
  }

  get nativeId(): number | undefined {
    return this.#state.nativeId || undefined;
  }

  /** What the call returned, once it is over. */
  get value(): Awaited<ReturnType<F>> | undefined {
    this.#receive();
    return this.#value;
  }

  /** Whether it has been started, and its call is under way or has left timers and the like that keep the thread. */
  isAlive(): boolean {
    return this.#state.isAlive;
  }

  /** Starts the thread; once only. The process stays alive until the thread ends, unless that is a daemon. */
  start(): void {
    const { name, source } = this.#kernel as Kernel & { source: string };
    if (this.#isSubclass) refuseRunField(this);
    refuseWhileLoading(source);
    const kernel = { language: "js", name, label: labelOf(this.#kernel), url: source };
    const job = { kernel, range: undefined, values: this.#args, arrays: [], scratch: 0 };
    const self = this.#isSubclass ? { name: this.name, daemon: this.daemon } : undefined;
    const memory = sharedMemory();
    if (!this.#state.start()) throw new UnsupportedError(`start: ${this.name} has been started before`);
    const { port1, port2 } = new MessageChannel();
    let worker: Worker;
    try {
      const options = {
        name: this.name,
        workerData: { memory, port: port2, state: this.#state.handle, job, self },
        transferList: [port2],
        ...inheritedOptions(false),
      };
      worker = this.#state.launch(() => new Worker(packageFile("threading/entry/thread.js"), options));
    } catch (error) {
      port1.close();
      this.#state.revert();
      const isClone = (error as Error).name === "DataCloneError"; // an argument can't be cloned
      throw isClone ? error : notStarted(this.name, error);
    }
    this.#port = port1;
    this.#ident = worker.threadId + 1;
    running.add(this);
    this.#exited = this.#watch(worker);
    port1.on("message", (message: CallOutcome<Awaited<ReturnType<F>>> | typeof REST) => {
      if (message === REST) worker.unref();
      else this.#settle(message);
    });
    port1.on("messageerror", (error) => this.#settle(this.#unreadable(error)));
    port1.unref(); // the worker keeps the process alive
    if (this.daemon) worker.unref();
  }

  /** Resolves when the thread has ended and the cause is known. */
  #watch(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      let thrown: { readonly error: unknown } | undefined;
      worker.on("message", hearWorker);
      worker.on("error", (error) => {
        thrown = { error };
      });
      worker.on("exit", (code) => {
        running.delete(this);
        this.#receive();
        this.#port?.close();
        if (!this.#isSettled && (thrown || code !== 0)) {
          const what = thrown ? describeDeath(thrown.error) : describeExit(this.name, code);
          this.#error = new WorkerCrashedError(what, thrown && { cause: thrown.error });
        }
        this.#isSettled = true;
        this.#state.gone();
        resolve();
        if (this.#error) reportUncaught({ thread: this, error: this.#error });
      });
    });
  }

  /**
   * Blocks this thread until the other has ended.
   * @param timeoutMs default: for ever
   * @returns false when the time is over
   * @throws KernelError what the call threw; WorkerCrashedError when the thread was ended
   */
  join(timeoutMs?: number): boolean {
    const timeout = milliseconds("timeoutMs", timeoutMs);
    this.#checkJoin();
    return this.#state.word.block(IS_OVER, timeout) && this.#joined();
  }

  /** The same without blocking. */
  async joinAsync(options: AsyncWaitOptions = {}): Promise<boolean> {
    this.#checkJoin();
    if (!(await this.#state.word.wait(IS_OVER, options))) return false;
    if (this.#state.isGone) await this.#exited;
    return this.#joined();
  }

  /** Resolves when the thread runs (or has ended already): its `nativeId` is known. */
  async ready(): Promise<void> {
    this.#checkStarted("ready");
    await this.#state.word.wait(HAS_BEGUN, {});
  }

  #checkStarted(method: string): void {
    if (this.#ident === undefined) throw new UnsupportedError(`${method}: ${this.name} has not been started`);
  }

  #checkJoin(): void {
    this.#checkStarted("join");
    if (this.#ident === agentId) throw new UnsupportedError("join: a thread can't wait for its own end");
  }

  #joined(): true {
    if (!this.isAlive()) running.delete(this);
    this.#receive();
    if (this.#error) throw this.#error;
    // The worker's exit event, which has the cause, comes by the event loop.
    if (this.#state.isGone) throw new WorkerCrashedError(`${this.name} ended before its call was over`);
    return true;
  }

  /** Reads the outcome of the call, if its message is here. */
  #receive(): void {
    if (this.#isSettled || !this.#port) return;
    const received = receive<CallOutcome<Awaited<ReturnType<F>>>>(this.#port)?.value;
    if (received) this.#settle(received instanceof UnreadableReply ? this.#unreadable(received.error) : received);
  }

  #settle({ value, failure, noClass }: CallOutcome<Awaited<ReturnType<F>>>): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#value = value;
    if (noClass !== undefined) this.#error = new TypeError(noClass);
    if (failure) this.#error = rebuildFailure(failure);
  }

  #unreadable(error: unknown): CallOutcome<never> {
    return { failure: failureOf({ label: labelOf(this.#kernel) }, new KernelFault(NOT_RECEIVED, error)) };
  }
}
