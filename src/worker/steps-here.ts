/** Walks through the steps of a job on this very thread, or gives one after the other away as a job of its own. */
import type { Task } from "../job/future.js";
import type { PreparedJob } from "../job/prepare.js";
import { jobOfStep, type PreparedStep, type PreparedSteps, wrongCount } from "../job/prepare-steps.js";
import { Walk, walkLength } from "../job/step-walk.js";
import { performance, setImmediate } from "../timers.js";
import { runHere, type TaskHere } from "./run-here.js";

/**
 * @param run runs one step; its errors are those of the job
 * @throws RangeError when a step begins whose number of items is none
 */
export async function oneByOne(
  route: PreparedSteps,
  task: Task,
  run: (job: PreparedJob, step: PreparedStep) => Promise<void>,
): Promise<void> {
  const walk = new Walk(route, new Float64Array(walkLength(route)));
  task.itemsDone = () => walk.done;
  for (;;) {
    const found = walk.advance(() => task.cause !== undefined);
    const step = route.steps[walk.at];
    if (found === "end" || !step) return;
    if (found === "wrong") throw wrongCount(step, walk.n);
    await run(jobOfStep(step, walk.n, walk.grain), step);
  }
}

/** @param yieldMs how long to work before the event loop gets a turn */
export async function stepsHere(route: PreparedSteps, task: Task, yieldMs: number): Promise<void> {
  // The steps tell of their items; the job of its steps.
  const ofStep: TaskHere = {
    get cause() {
      return task.cause;
    },
    onStop: (stopper) => task.onStop(stopper),
    isRunning: () => true,
    itemsDone: () => 0,
  };
  task.isRunning = () => true;
  let lastTurn = performance.now();
  await oneByOne(route, task, async (job) => {
    await runHere(job, ofStep, yieldMs);
    if (performance.now() - lastTurn < yieldMs) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    lastTurn = performance.now();
  });
}
