/** The calls of one interpreter, which run one after the other, in the order in which they were made. */
import type { Task } from "../job/future.js";

/** One call's place in the line. */
interface Turn {
  /** Resolves when all calls before it are over, or its task is to stop. */
  readonly comes: Promise<unknown>;
  /** The call is over. */
  leave(): void;
}

export class Turns {
  readonly #tasks = new Set<Task>();
  #last: Promise<void> = Promise.resolve();

  /** Calls that are not over. */
  get tasks(): readonly Task[] {
    return [...this.#tasks];
  }

  /** Resolves when the calls made so far are over. */
  get idle(): Promise<void> {
    return this.#last;
  }

  enter(task: Task): Turn {
    let left!: () => void;
    const over = new Promise<void>((resolve) => {
      left = resolve;
    });
    const before = this.#last;
    // A call that was stopped leaves before its turn: those behind it still wait for those before it.
    this.#last = before.then(() => over);
    this.#tasks.add(task);
    const stopped = new Promise<void>((resolve) => task.onStop(resolve));
    return {
      comes: Promise.race([before, stopped]),
      leave: () => {
        this.#tasks.delete(task);
        left();
      },
    };
  }
}
