/**
 * A worker's part in a job of steps on shared memory: it claims chunks of the step at which the walk stands, and waits where
 * none is left, without a reply in between.
 *
 *   enter ─> claim ─┬─> slices ─> the step's last chunk: on to the next step ─> claim ...
 *                   └─> none is left: waits for the bell, and leaves for others after 1 ms if a task waits ("yielded")
 */
import { failureOf, type WireFailure } from "../job/failure.js";
import { NO_PARTIALS } from "../job/partials.js";
import type { PlacedJob, WireKernel } from "../job/wire-job.js";
import { viewOf } from "../memory/heap.js";
import { ringFor } from "../pool/doorbell.js";
import { Patience } from "../pool/patience.js";
import { performance } from "../timers.js";
import { type BoundKernel, bindKernel } from "./bind.js";
import { asCall } from "./current-call.js";
import { ALONE_MS, type Share, type SharedReply, type SharedTask } from "./shared-job.js";
import { SLICE_MS, Slicer } from "./slicer.js";
import { StepBlock, type StepClaim } from "./step-block.js";
import { readTable, type StepsTask, type StepTable, type TableStep } from "./step-table.js";

/** How long a participant looks for the next step before it sleeps, in ms. */
const LOOK_MS = 0.05;
/** How long it sleeps before it looks whether a task waits for a worker, in ms: first and last. */
const FIRST_SLEEP_MS = 1;
const LAST_SLEEP_MS = 5;

/** The work of a kernel: items, and ms. */
interface Measure {
  items: number;
  ms: number;
}

type End = Pick<SharedReply, "state" | "remainder" | "failure" | "isLate" | "step">;

export class StepsPart {
  readonly #table: StepTable;
  readonly #block: StepBlock;
  readonly #waiting: Int32Array;
  readonly #patience = new Patience(LOOK_MS);
  /** By kernel, as the task names them. */
  readonly #measures: Measure[];
  /** Items per ms, by step, as far as is known. */
  readonly #rates: number[];
  readonly #started = performance.now();
  #sleepMs = FIRST_SLEEP_MS;
  #next: number;

  constructor(
    private readonly task: SharedTask,
    private readonly steps: StepsTask,
    private readonly share: Share | undefined,
  ) {
    this.#table = readTable(viewOf("float64", steps.table, steps.numbers), steps);
    this.#block = new StepBlock(task.control, task.slots, this.#table);
    this.#waiting = viewOf("int32", task.waiting, 1);
    this.#measures = steps.kernels.map(() => ({ items: 0, ms: 0 }));
    this.#rates = this.#table.steps.map(({ rate }) => rate);
    this.#next = task.next;
  }

  /** Takes part. Never throws: failures are replies. */
  async participate(): Promise<SharedReply> {
    const { slot } = this.task;
    const block = this.#block;
    if (!block.enter(slot)) return this.#reply({ state: "done" });
    try {
      return this.#reply(await this.#walk());
    } finally {
      block.exit(slot);
    }
  }

  #reply(end: End): SharedReply {
    const work = this.#measures.flatMap(({ items, ms }) => [items, ms]);
    return { ...NO_PARTIALS, items: 0, ms: 0, work, ...end };
  }

  async #walk(): Promise<End> {
    const block = this.#block;
    let { remainder } = this.task;
    for (let isFirst = true; ; isFirst = false) {
      const { rings } = block;
      if (block.stopped || !block.left) return { state: "done" };
      if (!isFirst && !this.#hasTurn()) return { state: "yielded", remainder };
      const claim = remainder ? undefined : this.#claim();
      if (claim || remainder) {
        const visited = await this.#visit(claim, remainder);
        if ("state" in visited) return visited;
        remainder = visited.claim && [0, block.walk.n];
        this.#sleepMs = FIRST_SLEEP_MS;
      } else if (this.share || !this.#await(rings)) return { state: "yielded" };
    }
  }

  /** @returns false when a task waits for this worker */
  #await(rings: number): boolean {
    this.#block.awaitRing(rings, this.#patience, this.#sleepMs);
    if (this.#block.rings !== rings) return true;
    this.#sleepMs = Math.min(2 * this.#sleepMs, LAST_SLEEP_MS);
    return Atomics.load(this.#waiting, 0) === 0;
  }

  /** @param visit of one step alone */
  #claim(visit?: number): StepClaim | undefined {
    // At the end of a step both may be another one's: then the claim is of another size than it might be.
    const { at, grain } = this.#block.walk;
    const chunks = Math.floor(((this.#rates[at] ?? 0) * (this.share?.claimMs ?? SLICE_MS)) / grain);
    return this.#block.claimStep(Math.max(1, chunks), this.share?.participants, visit);
  }

  /** Works on the step at which the walk stands, until none of its chunks is left: it is this participant's as long as it has some. */
  async #visit(
    claim: StepClaim | undefined,
    remainder: SharedTask["remainder"],
  ): Promise<End | { readonly claim?: StepClaim | undefined }> {
    const { at } = this.#block.walk;
    const step = this.#table.steps[at] as TableStep;
    const work = () => this.#work(step, at, claim, remainder);
    if (step.kernel.language === "wasm") return work();
    const { result, left } = await asCall(step.kernel, () => this.#block.stopped, work);
    return left && !("failure" in result) ? this.#failed(at, failureOf(step.kernel, left)) : result;
  }

  async #work(
    step: TableStep,
    at: number,
    claim: StepClaim | undefined,
    remainder: SharedTask["remainder"],
  ): Promise<End | { readonly claim?: StepClaim | undefined }> {
    const { kernel, values, arrays, arenas } = step;
    const block = this.#block;
    const { n, grain } = block.walk;
    const range = step.n === undefined ? undefined : ({ n, grain, partial: "none" } as const);
    let bound: BoundKernel | undefined;
    let slicer: Slicer | undefined;
    try {
      const job: PlacedJob = { kernel, range, values, arrays, scratch: 0 };
      const binding = bindKernel(job, { scratch: 0, arenas, giveUp: () => block.stopped });
      bound = binding instanceof Promise ? await binding : binding;
      if (!range) return await this.#call(kernel, bound);
      slicer = new Slicer(bound.call, range, bound.lastUse);
      slicer.expect(this.#rates[at] as number);
      if (remainder) slicer.resume(...remainder);
      else if (claim) slicer.claim(claim.first, claim.last);
      return await this.#slices(slicer, step, at, (item) => (item >= n ? block.walk.chunks : Math.floor(item / grain)));
    } catch (thrown) {
      return this.#failed(at, failureOf(kernel, thrown, slicer?.slice));
    } finally {
      if (slicer) this.#measure(kernel, slicer.items, slicer.ms);
      bound?.release();
    }
  }

  /** @param chunkOf how many chunks lie before an item */
  async #slices(slicer: Slicer, { kernel }: TableStep, at: number, chunkOf: (item: number) => number) {
    const block = this.#block;
    const { visit } = block;
    for (;;) {
      const before = chunkOf(slicer.begin);
      while (slicer.begin < slicer.end) {
        const msBefore = slicer.ms;
        const done = slicer.step();
        if (typeof done !== "number") await done;
        this.share?.onSlice(slicer.ms - msBefore, kernel);
        if (block.stopped) return { state: "done" } as const;
        this.#ringForNext(slicer.ended);
        if (slicer.begin < slicer.end && !this.#hasTurn(slicer.ended)) {
          block.finish(chunkOf(slicer.begin) - before);
          return { state: "yielded", remainder: [slicer.begin, slicer.end] } as const;
        }
      }
      this.#rates[at] = slicer.rate;
      const { isOver, claim: next } = block.finish(chunkOf(slicer.end) - before);
      if (isOver) return { claim: next };
      if (!this.#hasTurn(slicer.ended)) return { state: "yielded" } as const;
      // Meanwhile another participant may have done the last chunk, and gone on.
      const claim = this.#claim(visit);
      if (!claim) return {};
      slicer.claim(claim.first, claim.last);
    }
  }

  async #call(kernel: WireKernel, bound: BoundKernel): Promise<{ readonly claim?: StepClaim | undefined }> {
    const started = performance.now();
    await bound.call();
    const ended = performance.now();
    this.share?.onSlice(ended - started, kernel);
    this.#measure(kernel, 1, ended - started);
    this.#ringForNext(ended);
    return { claim: this.#block.finish(1).claim };
  }

  #measure(kernel: WireKernel, items: number, ms: number): void {
    const measure = this.#measures[this.steps.kernels.indexOf(kernel)];
    if (!measure) return;
    measure.items += items;
    measure.ms += ms;
  }

  #hasTurn(now?: number): boolean {
    if (!this.share && Atomics.load(this.#waiting, 0) === 0) return true;
    return (now ?? performance.now()) - this.#started < (this.share?.ms ?? SLICE_MS);
  }

  #ringForNext(now: number): void {
    if (this.#next === 0 || this.task.slot !== 0 || now < this.#started + ALONE_MS) return;
    ringFor(this.#next);
    this.#next = 0;
  }

  #failed(step: number, failure: WireFailure): End {
    return { state: "failed", failure, isLate: !this.#block.stop(), step };
  }
}
