/** tinypool's queue, first in first out: it can say what was queued and how much is, and make tinypool start a worker. */
import { Queue } from "./queue.js";

export class TinypoolQueue {
  readonly #tasks = new Queue<object>();
  #isStarting = false;
  lastPushed: object | undefined;

  constructor(private readonly changed: (size: number) => void) {}

  /** While a worker is started there seems to be a task: tinypool then adds a worker, whether others are idle or not. */
  get size(): number {
    return this.#isStarting ? 1 : this.#tasks.size;
  }

  /** @param run a run of tinypool's, whose task is dropped */
  startWorker(run: () => void): void {
    this.#isStarting = true;
    try {
      run();
    } finally {
      this.#isStarting = false;
    }
  }

  push(task: object): void {
    if (this.#isStarting) return;
    this.lastPushed = task;
    this.#tasks.push(task);
    this.changed(this.size);
  }

  shift(): object | null {
    const task = this.#tasks.shift() ?? null;
    this.changed(this.size);
    return task;
  }

  remove(task: object): boolean {
    const removed = this.#tasks.remove(task);
    if (removed) this.changed(this.size);
    return removed;
  }

  cancel(): void {
    this.#tasks.clear();
    this.changed(0);
  }
}
