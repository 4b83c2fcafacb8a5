/**
 * Interpreters: isolates of this process with globals and an event loop of their own, as Python's concurrent.interpreters.
 *
 *   exec, call, prepareMain ──> turns (one after the other) ──> isolate (the worker thread) ──> entry/interpreter.ts
 */
import { onAbort } from "../abort.js";
import { ExecutionFailedError, ShutdownError, UnsupportedError, WorkerCrashedError } from "../errors.js";
import { type CallArgs, validSignal } from "../executors/executor.js";
import { placeOf } from "../job/array-argument.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure } from "../job/failure.js";
import { asFuture, type Future, type Task } from "../job/future.js";
import type { AnyFunction, Kernel } from "../job/handles.js";
import { prepareJob } from "../job/prepare.js";
import { keepAlive } from "../pool/keep-alive.js";
import { UnreadableReply } from "../pool/worker-pool.js";
import type { SubmitOptions } from "../run-options.js";
import { knownOptions, optionalPlain, optionalSignal, optionsObject, show, wholeNumber } from "../validate.js";
import { currentIdentity, defaultName, type InterpreterIdentity, labelOf, MAIN } from "./identity.js";
import { type Answer, Isolate } from "./isolate.js";
import { Turns } from "./turns.js";
import { packValues } from "./values.js";
import type { InterpreterCall, WireRefusal } from "./wire.js";

/** The interpreters that this thread has made, and that have not ended. */
const made = new Map<number, Interpreter>();
/** Those that it knows by their ids alone. */
const references = new Map<number, Interpreter>();

/** What `create` and `from` alone can give the constructor, which plain JS does not know to be private. */
const MAKER = Symbol("maker");

/** How an interpreter is made. */
export interface InterpreterOptions {
  /** As messages and stacks name it. Default: by its id. */
  readonly name?: string | undefined;
}

/**
 * A worker thread with globals of its own, which its calls share. Its `id` and `name` cross to other threads, by whatever
 * carries plain data, and `Interpreter.from` gives the interpreter back. An idle one does not keep the program alive.
 */
export class Interpreter implements AsyncDisposable {
  /** 0: the main one. Never used again. */
  readonly id: number;
  readonly name: string;
  readonly #isolate: Isolate | undefined;
  readonly #turns = new Turns();
  #execs = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  private constructor(maker: symbol, id: number, name = defaultName(id), isolate?: Isolate) {
    if (maker !== MAKER) throw new TypeError("an Interpreter is made by Interpreter.create(), not by new");
    this.id = id;
    this.name = name;
    this.#isolate = isolate;
  }

  /** Resolves when it is up, after 25-40 ms. Rejects with a WorkerCrashedError that has the system's reason. */
  static async create(options: InterpreterOptions = {}): Promise<Interpreter> {
    optionsObject("options", options);
    knownOptions(options, ["name"]);
    const { name } = options;
    optionalPlain("name", "string", name);
    const isolate = await Isolate.start(name, (id) => made.delete(id));
    const interpreter = new Interpreter(MAKER, isolate.id, name, isolate);
    made.set(isolate.id, interpreter);
    return interpreter;
  }

  /**
   * The interpreter with an id, or with the id that an object has: one that this thread has made, itself, the main one, or
   * of any other what is known, its id and name.
   */
  static from(known: number | InterpreterIdentity): Interpreter {
    const { id, name } = typeof known === "object" && known !== null ? known : { id: known, name: undefined };
    wholeNumber("id", id, 0, Number.MAX_SAFE_INTEGER);
    optionalPlain("name", "string", name);
    const found = made.get(id) ?? references.get(id);
    if (found) return found;
    const identity = [MAIN, currentIdentity()].find((one) => one.id === id);
    const reference = new Interpreter(MAKER, id, identity?.name ?? name);
    references.set(id, reference);
    return reference;
  }

  /** Whether a call is under way or waits. Of the main one and of the one that asks: true. */
  isRunning(): boolean {
    if (this.id === MAIN.id || this.id === currentIdentity().id) return true;
    this.#checkMine("isRunning");
    return this.#turns.tasks.length > 0;
  }

  /**
   * Runs a source in the interpreter: a script, with `await` and `import()` at its top level too. What it declares, the
   * next one sees.
   * @returns rejects with an ExecutionFailedError when it throws or can't be parsed, a WorkerCrashedError when the
   * interpreter ends, the signal's reason when it is aborted
   */
  exec(source: string, options?: SubmitOptions): Future<void> {
    return this.#launch<void>("exec", options, () => {
      if (typeof source !== "string") throw new TypeError(`source must be a string, got ${show(source)}`);
      return { kind: "exec", number: ++this.#execs, source };
    });
  }

  /**
   * Calls `kernel(...args)` in the interpreter, whose globals it sees. Arguments and result as those of `submit`.
   * @returns rejects as `exec` does
   */
  call<F extends AnyFunction, Named extends object = never>(
    kernel: Kernel<F, Named>,
    ...[args, options]: CallArgs<F, SubmitOptions, Named>
  ): Future<Awaited<ReturnType<F>>> {
    return this.#launch("call", options, async (releases) => {
      const { wire, release } = await prepareJob({ kernel, args: args ?? [] });
      releases.push(release);
      return { kind: "call", job: { ...wire, arrays: wire.arrays.map(placeOf) } };
    });
  }

  /**
   * Sets variables of the interpreter's top level, all or none: structured clones, but primitives of allcores/sync, interpreters and
   * heap arrays among the values themselves are shared.
   * @returns rejects with a TypeError for names that are no identifiers, can't be set or belong to a `const`, and for a
   * primitive within a value
   */
  prepareMain(values: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#launch<void>("prepareMain", undefined, () => ({
      kind: "prepareMain",
      values: packValues(values, (value): value is Interpreter => value instanceof Interpreter),
    }));
  }

  /**
   * Ends the interpreter. Later calls reject with a ShutdownError; a second close does nothing.
   * @returns rejects with an UnsupportedError while it runs, unless `cancel` is true: its calls then reject with a
   * ShutdownError
   */
  async close(options: { readonly cancel?: boolean | undefined } = {}): Promise<void> {
    optionsObject("options", options);
    knownOptions(options, ["cancel"]);
    optionalPlain("cancel", "boolean", options.cancel);
    const isolate = this.#checkMine("close");
    if (options.cancel) for (const task of this.#turns.tasks) task.cancel(this.#closedError("it was closed"));
    else if (!this.#closing && this.isRunning())
      throw new UnsupportedError(
        `close: ${labelOf(this.name)} is running; await its calls, or close({ cancel: true })`,
      );
    await this.#end(isolate);
  }

  /** `await using interpreter = await Interpreter.create()`: waits for the calls under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end(this.#checkMine("close"));
  }

  #end(isolate: Isolate): Promise<void> {
    this.#closing ??= keepAlive(this.#turns.answered()).then(async () => {
      isolate.stop(); // what goes on after its failure
      await this.#turns.over();
      await isolate.end();
    });
    return this.#closing;
  }

  /** @param make the call, once it is made: arguments are captured at once, and it may take a while to load a kernel */
  #launch<T>(
    what: string,
    options: SubmitOptions | undefined,
    make: (releases: (() => void)[]) => InterpreterCall | Promise<InterpreterCall>,
  ): Future<T> {
    const signal = validSignal(options);
    return asFuture<T>(signal, async (task) => {
      if (options !== undefined) {
        optionsObject("options", options);
        knownOptions(options, ["signal"]);
        optionalSignal("signal", options.signal);
      }
      const isolate = this.#checkMine(what);
      if (this.#closing) throw this.#closedError("it was closed");
      const turn = this.#turns.enter(task);
      let rest: Promise<void> | undefined;
      try {
        const call = await make(turn.releases);
        // A source that goes on after its failure does not keep the program alive; calls that wait for it do.
        if (turn.comes) await keepAlive(turn.comes);
        if (task.cause) return undefined as T;
        const answer = await this.#send(isolate, call, task);
        rest = answer.rest;
        // The future is settled, and hears the signal no more.
        if (rest && signal) void rest.then(onAbort(signal, () => isolate.stop()));
        return this.#valueOf(call, answer.reply) as T;
      } finally {
        turn.leave(rest);
      }
    });
  }

  async #send(isolate: Isolate, call: InterpreterCall, task: Task): Promise<Answer> {
    if (isolate.ended !== undefined) throw this.#closedError(isolate.ended);
    try {
      return await isolate.send(call, task);
    } catch (error) {
      if (!(error instanceof WorkerCrashedError)) throw error;
      throw new WorkerCrashedError(`${labelOf(this.name)} has ended: ${error.message}`, { cause: error.cause });
    }
  }

  #valueOf(call: InterpreterCall, reply: Answer["reply"]): unknown {
    if (reply instanceof UnreadableReply) {
      const label = call.kind === "call" ? call.job.kernel.label : call.kind;
      const failure = failureOf({ label }, new KernelFault(NOT_RECEIVED, reply.error));
      throw rebuildFailure(failure, ExecutionFailedError);
    }
    if (reply.refusal) throw refused(reply.refusal);
    if (reply.failure) throw rebuildFailure(reply.failure, ExecutionFailedError);
    return reply.value;
  }

  /** @throws UnsupportedError for an interpreter that this thread does not run */
  #checkMine(what: string): Isolate {
    if (this.#isolate) return this.#isolate;
    if (this.id === MAIN.id) throw new UnsupportedError(`${what}: the main interpreter runs the program`);
    if (this.id === currentIdentity().id)
      throw new UnsupportedError(`${what}: ${labelOf(this.name)} is the one that runs this code`);
    throw new UnsupportedError(`${what}: ${labelOf(this.name)} is none that this thread has made, and not closed`);
  }

  #closedError(why: string): ShutdownError {
    return new ShutdownError(`${labelOf(this.name)} has ended: ${why}`);
  }
}

function refused({ type, message }: WireRefusal): Error {
  return type === "TypeError" ? new TypeError(message) : new UnsupportedError(message);
}

/** The main interpreter, and those that this thread has made and that have not ended. */
export function listAll(): Interpreter[] {
  return [getMain(), ...made.values()];
}

/** The interpreter that runs this code. Threads and workers of executors are none, and count as the main one's. */
export function getCurrent(): Interpreter {
  return Interpreter.from(currentIdentity());
}

/** The interpreter that the program has begun with. */
export function getMain(): Interpreter {
  return Interpreter.from(MAIN);
}
