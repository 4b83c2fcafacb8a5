/**
 * Child processes that tinypool starts, each with a separate heap.
 *
 *   job ─> file (job, snapshots) ─> one dispatch a claim of 25-50 ms ─> parts read from the file into the heap
 *   last claim back ─> every child that took part checks what it changed elsewhere, and forgets the job
 *   the file        ─> kept for the next job
 */
import type { AllcoresError } from "../errors.js";
import { deserialize } from "../job/clone.js";
import { failureOf, KernelFault, NOT_RECEIVED, rebuildFailure, type WireFailure } from "../job/failure.js";
import type { Task } from "../job/future.js";
import { joinPartials, type Outcome, type Partials, partialsOfCall } from "../job/partials.js";
import type { PreparedJob } from "../job/prepare.js";
import type { PreparedSteps } from "../job/prepare-steps.js";
import type { Range } from "../job/range.js";
import type { WireJob, WireKernel } from "../job/wire-job.js";
import { packageFile } from "../locate.js";
import { type WorkerOptions, workerCount } from "../pool/cores.js";
import { ExclusiveWorkers } from "../pool/exclusive.js";
import { LeasedProcesses } from "../pool/leased-processes.js";
import type { Dispatched } from "../pool/worker-pool.js";
import { CallShorthand } from "../worker/call-shorthand.js";
import { hearLate, LEAVE } from "../worker/current-call.js";
import { refusePools } from "../worker/kernel-thread.js";
import { hearLeftover } from "../worker/leftovers.js";
import {
  type BegunPlace,
  isPlain,
  type PlainReply,
  type ProcessReply,
  type ProcessTask,
  type Verdict,
} from "../worker/process-messages.js";
import { Dispatcher } from "./dispatcher.js";
import { Executor } from "./executor.js";
import { giveBackBegun, hasBegun, takeBegun } from "./process/begun.js";
import { type Claim, Claims } from "./process/claims.js";
import { JobContent, jobForProcess, serializeJob, type TempPlaces } from "./process/content.js";
import { ProcessJoins, roomForNodes } from "./process/joins.js";
import { closeKept } from "./process/kept-files.js";
import { lostChange, refuseShared } from "./process/refusals.js";
import { runStepsInProcesses } from "./process/steps.js";
import { Verdicts } from "./process/verdicts.js";

/**
 * Runs kernels in child processes, which share no memory: a kernel that crashes, leaks or exits takes only its process
 * along, and memory goes back to the system with it. Arrays are copied in and their parts back (`input`, `out` and
 * `inout` say which way), so prefer ThreadExecutor where that isolation is not needed.
 */
export class ProcessExecutor extends Executor {
  readonly kind = "processes";
  readonly concurrency: number;
  readonly capabilities = { parallel: true, sharedMemory: false } as const;
  readonly #source: LeasedProcesses<ProcessTask, ProcessReply | PlainReply>;
  readonly #pool: ExclusiveWorkers<ProcessTask, ProcessReply | PlainReply>;
  /** Of each job under way, by its id. */
  readonly #verdicts = new Map<number, Verdicts>();
  #lastJob = 0;

  constructor(options: WorkerOptions = {}) {
    super();
    refusePools();
    this.concurrency = workerCount(options);
    const size = this.concurrency;
    this.#source = new LeasedProcesses<ProcessTask, ProcessReply | PlainReply>({
      entry: packageFile("worker/entry/process.js"),
      size,
      onMessage: (message, send) => {
        const verdict = message as Verdict | null | undefined;
        if (hearLeftover(message)) return;
        if (hearLate(message)) send(LEAVE);
        else if (verdict?.allcores === "verdict") this.#verdicts.get(verdict.id)?.hear(verdict);
      },
      shorthand: () => new CallShorthand(),
    });
    this.#pool = new ExclusiveWorkers({ source: this.#source, size, onWaiting: () => {} });
  }

  /** @internal */
  protected override startWorkers(count: number): Promise<void> {
    return this.#pool.ready(count);
  }

  /** @internal */
  protected override async endWorkers(): Promise<void> {
    await this.#pool.destroy();
    await closeKept();
  }

  /** @internal */
  protected override async execute(job: PreparedJob, task: Task): Promise<Outcome> {
    refuseShared(job, "a process");
    return job.wire.range ? this.#runRange(job, job.wire.range, task) : this.#runCall(job, task);
  }

  async #runCall(job: PreparedJob, task: Task): Promise<Outcome> {
    const { kernel } = job.wire;
    const isShort = job.wire.scratch === 0 && job.wire.values.every(isPlain);
    const call = isShort
      ? ({ kind: "plain", job: jobForProcess(job, []) } as const)
      : ({ kind: "call", job: serializeJob(job, []) } as const);
    const taken = takeBegun();
    const begun = taken instanceof Promise ? await taken : taken;
    const rules = { stop() {}, hasBegun: () => hasBegun(begun) };
    const dispatcher = new Dispatcher(this.#pool, kernel, task, rules);
    const reply = await dispatcher.send(0, { ...call, begun });
    giveBackBegun(begun);
    if (reply && "value" in reply) return joinPartials([partialsOfCall(reply.value)]);
    if (reply?.failure) throw rebuildFailure({ ...reply.failure, kernel: kernel.label });
    return joinPartials(reply ? [partialsOf(kernel, reply)] : []);
  }

  /** @internal */
  protected override executeSteps(steps: PreparedSteps, task: Task): Promise<void> {
    return runStepsInProcesses(steps, task, (...step) => this.#runRange(...step));
  }

  async #runRange(job: PreparedJob, range: Range, task: Task, temps?: TempPlaces): Promise<Outcome> {
    const id = ++this.#lastJob;
    const { grain } = range;
    const { kernel } = job.wire;
    const { accumulation } = job.wire;
    const room = accumulation ? roomForNodes(accumulation, this.concurrency) : 0;
    const content = await JobContent.make(job, range, { room, temps });
    const joins = accumulation && new ProcessJoins(accumulation, content.end);
    const verdicts = new Verdicts();
    this.#verdicts.set(id, verdicts);
    const begun = new Map<number, BegunPlace | undefined>();
    const dispatcher = new Dispatcher(this.#pool, kernel, task, {
      stop: () => content.cancel(),
      hasBegun: (slot) => hasBegun(begun.get(slot)),
    });
    const partials: Partials[] = [];
    let isQuiet = false;
    let done = 0;
    task.itemsDone = () => done;
    const claims = new Claims(job.chunks, this.concurrency, job.cost);
    const underWay = new Set<Promise<void>>();

    /** @param claim undefined: there is something to join, and nothing else */
    const work = async (slot: number, claim: Claim | undefined) => {
      const [first, last] = claim ?? [0, 0];
      const asked = joins?.take(claim);
      const errand = asked && { orders: asked.orders, loose: asked.loose, places: asked.places };
      const place = await takeBegun();
      begun.set(slot, place);
      const message = { kind: "claim", begun: place, id, source: content.source, first, last, errand } as const;
      let dispatched: Dispatched<ProcessReply | PlainReply> | undefined;
      const reply = await dispatcher.send(slot, message, {
        given: (task) => {
          dispatched = task;
        },
      });
      giveBackBegun(place);
      if (!reply || "value" in reply) return; // only calls have plain replies
      verdicts.returned(reply.pid, (end) => dispatched?.send?.(end));
      if (reply.failure) task.fail(rebuildHere(reply.failure, job.wire));
      if (task.cause) return;
      if (asked) joins?.comesBack(asked, claim, Math.ceil(reply.end / grain), reply.nodes ?? []);
      if (!claim) return;
      claims.comesBack(claim, Math.ceil(reply.end / grain), reply.ms);
      partials.push(partialsOf(kernel, reply));
      await content.readParts(first * grain, reply.end, reply);
      done += reply.end - first * grain;
    };

    const lane = async (slot: number) => {
      while (!task.cause) {
        const claim = claims.take();
        if (claim || joins?.isReady) {
          const working = work(slot, claim).catch((error: Error) => task.fail(error));
          underWay.add(working);
          await working.then(() => underWay.delete(working));
        } else if (underWay.size > 0)
          await Promise.race(underWay); // what comes back unfinished is free again
        else return;
      }
    };

    try {
      const lanes = Array.from({ length: Math.min(this.concurrency, job.chunks) }, (_, slot) => lane(slot));
      await Promise.all(lanes);
      if (accumulation && joins?.root && !task.cause) await content.readResult(accumulation, joins.root);
      const check = !task.cause && job.wire.arrays.some(({ elements }) => !elements?.isDeclared);
      const changed = await verdicts.end(id, check, task, (pid) => this.#source.gone(pid));
      for (const array of job.wire.arrays)
        if (array.index === changed) throw lostChange(kernel, array, range.n, "process");
      // Of a job that has failed or was stopped, a process may be late.
      isQuiet = !task.cause;
      return joinPartials(partials);
    } finally {
      this.#verdicts.delete(id);
      await content.close(isQuiet);
    }
  }
}

/** A child's failure, with what this process calls the kernel: a child knows another path of it, and another number. */
function rebuildHere(failure: WireFailure, { kernel: main, accumulation }: WireJob): AllcoresError {
  const combine = accumulation?.combine;
  const kernel = failure.isJoin && typeof combine === "object" ? combine : main;
  const moduleId = kernel.language === "wasm" ? kernel.id : undefined;
  return rebuildFailure({ ...failure, kernel: kernel.label, moduleId });
}

function partialsOf(kernel: WireKernel, { partials }: ProcessReply): Partials {
  try {
    return deserialize(partials) as Partials;
  } catch (cause) {
    // What a kernel returned may be more than this process's stack can read.
    throw rebuildFailure(failureOf(kernel, new KernelFault(NOT_RECEIVED, cause)));
  }
}
