/** The threads of a cluster's worker: they compute chunks, while the worker's own thread renews locks. */
import { ThreadExecutor } from "../../executors/threads.js";
import { watched } from "../../job/checked.js";
import { asFuture, type Future } from "../../job/future.js";
import type { Outcome } from "../../job/partials.js";
import type { PreparedJob } from "../../job/prepare.js";

export class ClaimThreads extends ThreadExecutor {
  constructor(workers: number | undefined) {
    super({ workers, callerRuns: false });
  }

  /** Runs a job that came prepared. */
  compute(job: PreparedJob): Future<Outcome> {
    return asFuture(undefined, (task) => watched(job.wire.kernel, task, () => this.execute(job, task)));
  }
}
