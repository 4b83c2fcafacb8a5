/**
 * The end of one job in the child processes that took part: each compares its arrays outside of the returned parts with the
 * snapshot (a change there would be lost without a word), and forgets the job.
 *
 * A child that gets work of another job first, which may take for ever, gives its verdict before it begins; the end of this
 * job does not wait for a second verdict, unless the child has returned a claim since.
 */
import { WorkerCrashedError } from "../../errors.js";
import type { Task } from "../../job/future.js";
import { keepAlive } from "../../pool/keep-alive.js";
import type { EndMessage, Verdict } from "../../worker/process-messages.js";

interface Child {
  readonly send: (message: EndMessage) => void;
  claims: number;
}

export class Verdicts {
  readonly #children = new Map<number, Child>();
  readonly #verdicts = new Map<number, Verdict>();
  #wake = () => {};

  /** Counts a claim that a child has returned. */
  returned(pid: number, send: (message: EndMessage) => void): void {
    this.#children.set(pid, { send, claims: (this.#children.get(pid)?.claims ?? 0) + 1 });
  }

  hear(verdict: Verdict): void {
    this.#verdicts.set(verdict.pid, verdict);
    this.#wake();
  }

  /**
   * Ends the job in all of them.
   * @param check whether to wait for what they find
   * @param task waiting ends when it is stopped
   * @param gone the death of a process; undefined when it is dead already, and its memory with it
   * @returns the index of the argument that was changed outside of the returned parts, if any
   */
  async end(
    id: number,
    check: boolean,
    task: Task,
    gone: (pid: number) => Promise<void> | undefined,
  ): Promise<number | undefined> {
    task.onStop(() => this.#wake());
    const verdicts = [...this.#children].map(async ([pid, { send, claims }]) => {
      let isGone = false;
      const death = gone(pid)?.then(() => {
        isGone = true;
      });
      if (!death) return undefined;
      const verdict = () => {
        const heard = this.#verdicts.get(pid);
        return heard?.claims === claims ? heard : undefined;
      };
      send({ allcores: "end", id, check: check && !verdict() });
      while (check && !isGone && !verdict() && !task.cause) await Promise.race([death, this.#nextVerdict()]);
      if (check && isGone && !verdict())
        task.fail(new WorkerCrashedError(`the worker process ${pid} ended before the job did`));
      return verdict()?.changed;
    });
    return (await keepAlive(Promise.all(verdicts))).find((index) => index !== undefined);
  }

  #nextVerdict(): Promise<void> {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        before();
        resolve();
      };
    });
  }
}
