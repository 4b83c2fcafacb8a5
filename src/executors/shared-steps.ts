/** A job of steps as its owner lays it out on shared memory, and reads what comes back. */
import type { WireFailure } from "../job/failure.js";
import type { PreparedJob } from "../job/prepare.js";
import { labelOfStep, type PreparedSteps, wrongCount } from "../job/prepare-steps.js";
import type { Route } from "../job/step-walk.js";
import type { WireKernel } from "../job/wire-job.js";
import { viewOf } from "../memory/heap.js";
import type { SharedReply } from "../worker/shared-job.js";
import { StepBlock, stepBlockBytes, tableOf } from "../worker/step-block.js";
import { type Expected, type StepsTask, writeTable } from "../worker/step-table.js";

export class LaidSteps {
  /** Stands for the steps where one job is asked for. */
  readonly standIn: PreparedJob;
  readonly #route: Route;
  readonly #table: ReturnType<typeof writeTable>;

  /** @param expected of each step */
  constructor(
    readonly steps: PreparedSteps,
    expected: readonly Expected[],
  ) {
    this.#table = writeTable(steps, expected);
    this.#route = { ...steps, steps: steps.steps.map((step, i) => ({ ...step, rate: expected[i]?.rate ?? 0 })) };
    const [kernel] = this.#table.kernels;
    if (!kernel) throw new Error("a job of steps has at least one");
    const wire = { kernel, range: undefined, scratch: 0, values: [], arrays: [] };
    this.standIn = { wire, chunks: 1, bytes: undefined, cost: undefined, release() {} };
  }

  /** Each of them once, as the replies number them. */
  get kernels(): readonly WireKernel[] {
    return this.#table.kernels;
  }

  /** The chunks of the step that has most of them: more participants have nothing to do. */
  get mostChunks(): number {
    const chunks = this.steps.steps.map(({ n = 1, grain }) => {
      if (typeof n !== "number") return Infinity;
      return Math.ceil(n / (grain ?? (Math.ceil(n / 1024) || 1)));
    });
    return Math.max(1, ...chunks);
  }

  bytes(slots: number): number {
    return stepBlockBytes(slots, this.steps, this.#table.numbers.length);
  }

  /** Makes the block at a pointer, zero at first, with the walk at its first step. */
  lay(pointer: number, slots: number): { readonly control: StepBlock; readonly task: StepsTask } {
    const { numbers, kernels, objects } = this.#table;
    const table = tableOf(pointer, slots, this.steps);
    viewOf("float64", table, numbers.length).set(numbers);
    const control = new StepBlock(pointer, slots, this.#route);
    control.begin();
    return { control, task: { table, numbers: numbers.length, kernels, objects } };
  }

  /** The failure of a participant, by the name of its step. */
  named(failure: WireFailure, { step }: SharedReply): WireFailure {
    const found = step === undefined ? undefined : this.steps.steps[step];
    return found ? { ...failure, kernel: labelOfStep(found) } : failure;
  }

  /** Why the walk has ended before its last step, if a number of items was none. */
  faultOf({ isWrong, walk }: StepBlock): RangeError | undefined {
    const step = isWrong ? this.steps.steps[walk.at] : undefined;
    return step && wrongCount(step, walk.n);
  }
}
