/** The calls of one interpreter, which run one after the other, in the order in which they were made. */
import type { Task } from "../job/future.js";

/** One call's place in the line. */
export interface Turn {
  /** Resolves when all calls before it are over, or its task is to stop; undefined when there are none. */
  readonly comes: Promise<void> | undefined;
  /** What to let go of when the call is over. */
  readonly releases: (() => void)[];
  /** The caller has its answer: the call is over, now or when that promise resolves. */
  leave(rest: Promise<void> | undefined): void;
}

interface Place {
  readonly task: Task;
  /** Begins the call, which waits for its turn. */
  begin(): void;
  /** Whether the caller has its answer. */
  isAnswered: boolean;
}

export class Turns {
  readonly #line: Place[] = [];
  readonly #waits = new Set<() => void>();

  /** Calls that are not over. */
  get tasks(): readonly Task[] {
    return this.#line.map(({ task }) => task);
  }

  enter(task: Task): Turn {
    const place: Place = { task, begin: () => {}, isAnswered: false };
    const isFirst = this.#line.push(place) === 1;
    const comes = isFirst
      ? undefined
      : new Promise<void>((resolve) => {
          place.begin = resolve;
          // A call that was stopped leaves before its turn.
          task.onStop(resolve);
        });
    const releases: (() => void)[] = [];
    const end = () => {
      for (const release of releases) release();
      this.#remove(place);
    };
    const leave = (rest: Promise<void> | undefined) => {
      place.isAnswered = true;
      if (rest) void rest.then(end);
      else end();
      this.#look();
    };
    return { comes, releases, leave };
  }

  /** Resolves when no caller waits for an answer. */
  answered(): Promise<void> {
    return this.#until(() => this.#line.every(({ isAnswered }) => isAnswered));
  }

  /** Resolves when all calls are over. */
  over(): Promise<void> {
    return this.#until(() => this.#line.length === 0);
  }

  #remove(place: Place): void {
    const at = this.#line.indexOf(place);
    this.#line.splice(at, 1);
    if (at === 0) this.#line[0]?.begin();
    this.#look();
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#waits.delete(look);
        resolve();
      };
      this.#waits.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#waits) look();
  }
}
