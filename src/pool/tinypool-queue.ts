/** A queue for tinypool, first in first out: it knows the last task pushed and its size, and makes tinypool start a worker. */
import { Queue } from "./queue.js";

export class TinypoolQueue {
  readonly #tasks = new Queue<object>();
  #isStarting = false;
  lastPushed: object | undefined;

  constructor(private readonly changed: (size: number) => void) {}

  /** 1 while a worker is started: tinypool then adds one, even beside idle workers. */
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
