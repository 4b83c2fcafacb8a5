/** What a dedicated worker loads: takes part in jobs, one task at a time, over plain messages. */
import { workerData } from "node:worker_threads";
import { becomeWorker, serveTasks, type TasksStart } from "../serve-tasks.js";

const start = workerData as TasksStart;
becomeWorker(start);
serveTasks(start);
