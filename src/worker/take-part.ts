/** A worker's part in any job on shared memory. */
import { participate, type Share, type SharedReply, type SharedTask } from "./shared-job.js";
import { StepsPart } from "./shared-steps.js";

/** Takes part in a job. Never throws: failures are replies. */
export function takePart(task: SharedTask, share?: Share): Promise<SharedReply> {
  return task.steps ? new StepsPart(task, task.steps, share).participate() : participate(task, share);
}
