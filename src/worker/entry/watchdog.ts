/** A thread of a child process that ends it when its parent has died: the kernel may be in a loop that sees nothing. */
import { workerData } from "node:worker_threads";
import { setInterval } from "../../timers.js";

const LOOK_MS = 250;

setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL");
}, LOOK_MS);
