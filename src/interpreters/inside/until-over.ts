/**
 * The work of the call under way, from its begin until nothing of it is left. An error that nothing has caught fails a call
 * whose source may go on: the next call waits for that.
 *
 * A source that waits for what has thrown would never be over. The event loop finds it: where nothing but the hearing of
 * calls keeps the loop alive, `beforeExit` comes, and the source counts as over. `Atomics.waitAsync` and timers that are
 * unref'd keep no loop alive, and what any call has left (an interval, a server) does.
 */
import type { MessagePort } from "node:worker_threads";
import { kept } from "../../builtins.js";
import { isThenable } from "../../validate.js";

export class UntilOver {
  /** What stands for the work that has not settled. */
  #running: object | undefined;
  #isWatched = false;

  /** @param tell that work which was watched is over */
  constructor(
    private readonly port: MessagePort,
    private readonly tell: () => void,
  ) {}

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  run<T>(work: () => T | PromiseLike<T>): T | PromiseLike<T> {
    const running = {};
    this.#running = running;
    const end = () => {
      if (this.#running === running) this.#end();
    };
    let made: T | PromiseLike<T> | undefined;
    try {
      made = work();
    } finally {
      if (!isThenable(made)) end();
    }
    if (isThenable(made)) made.then(end, end);
    return made;
  }

  /** From now on, the end of the work under way is told, if it has not ended. */
  watch(): void {
    if (!this.isRunning) return;
    this.#isWatched = true;
    kept.process.on("beforeExit", this.#end);
    this.port.unref();
  }

  readonly #end = (): void => {
    this.#running = undefined;
    if (!this.#isWatched) return;
    this.#isWatched = false;
    kept.process.off("beforeExit", this.#end);
    this.port.ref();
    this.tell();
  };
}
