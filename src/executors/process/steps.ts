/**
 * The steps of a job in child processes, a job a step: they share no memory in which they could walk together. Arrays between
 * steps stay in a file (temps.ts).
 */
import type { ArrayArgument } from "../../job/array-argument.js";
import { Task } from "../../job/future.js";
import type { PreparedJob } from "../../job/prepare.js";
import { namedError, type PreparedStep, type PreparedSteps } from "../../job/prepare-steps.js";
import type { Range } from "../../job/range.js";
import { oneByOne } from "../../worker/steps-here.js";
import type { TempPlaces } from "./content.js";
import { refuseShared } from "./refusals.js";
import { Temps } from "./temps.js";

/** One call, whose arrays are all its own. */
const CALL: Range = { n: 1, grain: 1, partial: "none" };

type RunRange = (job: PreparedJob, range: Range, task: Task, temps: TempPlaces | undefined) => Promise<unknown>;

/** @param run runs a range in processes */
export async function runStepsInProcesses(given: PreparedSteps, task: Task, run: RunRange): Promise<void> {
  const ranges = { ...given, steps: given.steps.map(asRange) };
  for (const { name, job } of ranges.steps)
    try {
      refuseShared(job, "a process");
    } catch (error) {
      throw namedError(name, error);
    }
  const temps = await Temps.of(ranges);
  const isTemp = (array: ArrayArgument) => ({ ...array, isTemp: temps?.has(array) ?? false });
  const steps = { ...ranges, steps: ranges.steps.map((step) => withArrays(step, isTemp)) };
  let current: Task | undefined;
  let wasRunning = false;
  task.isRunning = () => {
    wasRunning ||= current?.isRunning() ?? false;
    return wasRunning;
  };
  task.onStop(() => current?.cancel(task.cause?.reason));
  try {
    await oneByOne(steps, task, async (job, { name }) => {
      // One a step: what is done when a job stops is kept for as long as its task.
      const ofStep = new Task();
      current = ofStep;
      try {
        await run(job, job.wire.range ?? CALL, ofStep, temps);
        if (!ofStep.cause) await temps?.change(job.wire.arrays);
      } catch (error) {
        throw namedError(name, error);
      }
      const { cause, further = [] } = ofStep;
      if (!cause || cause.cancelled) return;
      for (const error of [cause.reason, ...further]) task.fail(namedError(name, error) as Error);
    });
  } finally {
    await temps?.close();
  }
}

/** A call as a range of one item, which all elements of its arrays belong to. */
function asRange(step: PreparedStep): PreparedStep {
  if (step.n !== undefined) return step;
  const own = withArrays(step, asOwn);
  return { ...own, job: { ...own.job, wire: { ...own.job.wire, range: CALL, isCall: true } } };
}

function withArrays(step: PreparedStep, change: (array: ArrayArgument) => ArrayArgument): PreparedStep {
  const { job } = step;
  return { ...step, job: { ...job, wire: { ...job.wire, arrays: job.wire.arrays.map(change) } } };
}

function asOwn(array: ArrayArgument): ArrayArgument {
  if (array.role === "in" || array.length === 0) return array;
  const { length } = array;
  const elements = { itemsPerRow: 1, rowLength: length, itemLength: length, end: length, isDeclared: false };
  return { ...array, role: array.role === "shared" ? undefined : array.role, elements };
}
