/** Pools of other packages with two threads each, and bare round trips to a thread and to a process. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import { Tinypool } from "tinypool";
import workerpool from "workerpool";

export const WORKERS = 2;

/** A file of this folder that is loaded by its path, and not compiled into `build`. */
export const file = (name: string) => new URL(`../../../bench/studies/latency/${name}`, import.meta.url);

const filename = fileURLToPath(file("tasks.js"));
const threads = { filename, minThreads: WORKERS, maxThreads: WORKERS };

export const startPiscina = () => new Piscina({ ...threads, atomics: "sync" });
export const startTinypool = () => new Tinypool(threads);
export const startWorkerpool = () =>
  workerpool.pool(fileURLToPath(file("workerpool-worker.js")), {
    workerType: "thread",
    minWorkers: WORKERS,
    maxWorkers: WORKERS,
  });

export interface Bare {
  roundTrip(): Promise<unknown>;
  end(): Promise<unknown>;
}

/** From event loop to event loop. */
export async function bareThread(): Promise<Bare> {
  const worker = new Worker(file("echo.js"));
  await once(worker, "online");
  const roundTrip = () =>
    new Promise((resolve) => {
      worker.once("message", resolve);
      worker.postMessage(1);
    });
  return { roundTrip, end: () => worker.terminate() };
}

/** The same over the IPC channel of a child process. */
export async function bareProcess(): Promise<Bare> {
  const child = fork(file("echo.js"), { serialization: "advanced" });
  await once(child, "spawn");
  const roundTrip = () =>
    new Promise((resolve) => {
      child.once("message", resolve);
      child.send(1);
    });
  const end = () => {
    const ended = once(child, "exit");
    child.disconnect();
    return ended;
  };
  return { roundTrip, end };
}
