/** Threads of the tests: each plays a list of calls on the primitives whose handles it gets. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { SyncHandle } from "allcores/sync";
import { onTestFinished } from "vitest";

export type Step = readonly [name: string, member?: unknown, ...args: unknown[]];

export interface Player {
  readonly worker: Worker;
  /** What each step gave. Rejects when the thread ends before the last one. */
  readonly results: Promise<unknown[]>;
  /** Resolves with the next message that it tells. */
  told(): Promise<unknown>;
}

/**
 * Threads of this process that have played all their steps, and play those of the next test: a start takes 0.1 s of processor
 * time. They keep no process.
 */
const inProcess = globalThis as { idleThreads?: Worker[] };
inProcess.idleThreads ??= [];
const idle = inProcess.idleThreads;

/** Gives a thread steps to play. One that is not done when the test ends is ended. */
export function play(handles: Record<string, { readonly handle: SyncHandle }>, steps: readonly Step[]): Player {
  const worker = idle.pop() ?? new Worker(new URL("../fixtures/sync-thread.mjs", import.meta.url));
  worker.ref();
  let isDone = false;
  onTestFinished(async () => {
    for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
    if (!isDone) return void (await worker.terminate());
    worker.unref();
    idle.push(worker);
  });
  const messages: unknown[] = [];
  let wake = () => {};
  const results = new Promise<unknown[]>((resolve, reject) => {
    worker.on("message", (message: { results?: unknown[]; told?: unknown }) => {
      if (message.results) {
        isDone = true;
        return resolve(message.results);
      }
      messages.push(message.told);
      wake();
    });
    worker.on("error", reject);
    worker.on("exit", () => {
      isDone = false;
      reject(new Error("the thread ended"));
    });
  });
  results.catch(() => {});
  const shared = Object.entries(handles).map(([name, { handle }]) => [name, handle]);
  worker.postMessage({ handles: Object.fromEntries(shared), steps });
  const told = async () => {
    while (messages.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return messages.shift();
  };
  return { worker, results, told };
}

/** Ends a thread at once; resolves when it is dead. */
export async function end({ worker }: Player): Promise<void> {
  const gone = once(worker, "exit");
  await worker.terminate();
  await gone;
}

/** The two forms of every wait. */
export const FORMS = ["blocking", "async"] as const;
export type Form = (typeof FORMS)[number];

/** A step that waits in one form or the other. */
export function waiting(form: Form, name: string, method: string, timeout?: number): Step {
  if (form === "blocking") return timeout === undefined ? [name, method] : [name, method, timeout];
  return [name, `${method}Async`, timeout === undefined ? {} : { timeout }];
}

/** Waits in either form, here. */
export async function wait(form: Form, thing: object, method: string, timeout?: number): Promise<unknown> {
  const [, member, ...args] = waiting(form, "", method, timeout);
  return await (thing as Record<string, (...args: unknown[]) => unknown>)[member as string]?.(...args);
}

/** Resolves when the words of a primitive say that somebody sleeps or awaits: bit 0 or 1 of its state word. */
export async function somebodyWaits({ words }: { readonly words: Int32Array }, at = 0): Promise<void> {
  while ((Atomics.load(words, at) & 3) === 0) await new Promise((resolve) => setImmediate(resolve));
}
