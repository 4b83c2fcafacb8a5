/**
 * A child process's side of jobs: it opens a job on the first claim, keeps its copy of the arrays until the job ends, and
 * returns each claim's part of the results.
 *
 *   claim ─> (first: snapshot into this process's memory) ─> slices, with a look at the cancel byte between two
 *         ─> parts of the results into the job's file ─> reply
 *   end   ─> what the kernel changed outside of its parts, which would be lost ─> memory freed
 */
import { orStray } from "../job/checked.js";
import { deserialize, serialize } from "../job/clone.js";
import { failureOf, KernelFault, NOT_SENT, type WireFailure } from "../job/failure.js";
import { NO_PARTIALS, type Partials, partialsOfCall } from "../job/partials.js";
import type { WireJob } from "../job/wire-job.js";
import { allocateInternal, freeInternal } from "../memory/heap.js";
import { type KernelModule, kernelModule } from "../memory/modules.js";
import { performance } from "../timers.js";
import { ArrayCopies } from "./array-copies.js";
import { type BoundKernel, bindKernel } from "./bind.js";
import { asCall } from "./current-call.js";
import { JobFile, markBegun } from "./job-file.js";
import { callOnce } from "./plain-call.js";
import {
  CLAIM_MS,
  type EndMessage,
  isPlain,
  type JobSource,
  type PlainReply,
  type ProcessJob,
  type ProcessReply,
  type ProcessTask,
  type RangeJob,
  type Verdict,
} from "./process-messages.js";
import { sendable } from "./result.js";
import { Slicer } from "./slicer.js";

const modules = new Map<string, Promise<KernelModule>>();

/** This process's form of the job: its kernel compiled here, once a module. */
async function localJob({ wire, bytes }: ProcessJob): Promise<WireJob> {
  const { kernel } = wire;
  if (kernel.language === "js") return { ...wire, kernel };
  const source = bytes ?? kernel.url;
  if (!source) throw new Error("the module came without its bytes or its URL");
  const loading = modules.get(kernel.id) ?? kernelModule(source);
  modules.set(kernel.id, loading);
  loading.catch(() => modules.delete(kernel.id));
  const { id, module } = await loading;
  return { ...wire, kernel: { ...kernel, id, module } };
}

class OpenJob {
  readonly #copies: ArrayCopies;
  readonly #scratch: number;
  /** Ranges of items that this process has returned. */
  readonly #returned: (readonly [begin: number, end: number])[] = [];
  #judged = 0;
  #kernel: BoundKernel | undefined;

  private constructor(
    private readonly job: RangeJob,
    private readonly file: JobFile | undefined,
    private readonly temps: JobFile | undefined,
  ) {
    const { arrays, range, scratch } = job.wire;
    this.#copies = new ArrayCopies(arrays, file, range.n, temps);
    try {
      this.#scratch = scratch > 0 ? allocateInternal(scratch, "scratch memory") : 0;
    } catch (error) {
      this.#copies.free();
      throw error;
    }
  }

  static open(source: JobSource): OpenJob {
    const file = "job" in source ? undefined : new JobFile(source.file);
    let temps: JobFile | undefined;
    try {
      temps = source.temps === undefined ? undefined : JobFile.ofArrays(source.temps);
      const job = deserialize("job" in source ? source.job : (file as JobFile).readJob()) as RangeJob;
      return new OpenJob(job, file, temps);
    } catch (error) {
      file?.close();
      temps?.close();
      throw error;
    }
  }

  async claim(first: number, last: number): Promise<ProcessReply> {
    let slicer: Slicer | undefined;
    try {
      const { kernel } = this.job.wire;
      const work = async () => {
        slicer = Slicer.of(await this.#bound(), this.job.wire.range, sendable);
        slicer.claim(first, last);
        const { begin } = slicer;
        const ms = await this.#slices(slicer);
        return { ms, items: [begin, slicer.end] as const, partials: slicer };
      };
      const { result, left } = await asCall(kernel, () => this.#isStopped, work);
      if (left) return failed(failureOf(kernel, left));
      const { ms, items, partials } = result;
      const stray = orStray();
      if (stray) return failed(failureOf(kernel, stray, items));
      this.#returned.push(items);
      return { ...EMPTY, ms, end: items[1], partials: serialized(partials), parts: this.#copies.giveParts(items) };
    } catch (thrown) {
      return failed(failureOf(this.job.wire.kernel, orStray(thrown), slicer?.slice));
    }
  }

  get #isStopped(): boolean {
    return this.file?.isStopped ?? false;
  }

  async #bound(): Promise<BoundKernel> {
    if (this.#kernel) return this.#kernel;
    const local = await localJob(this.job);
    const job = local.isCall ? { ...local, range: undefined } : local;
    this.#kernel = await bindKernel({ ...job, arrays: this.#copies.arrays }, { scratch: this.#scratch });
    return this.#kernel;
  }

  /** Does the claim's slices, to the end of the chunk in which CLAIM_MS are over. @returns the ms that they took */
  async #slices(slicer: Slicer): Promise<number> {
    const started = performance.now();
    let ms = 0;
    while (slicer.begin < slicer.end && !this.#isStopped) {
      const step = slicer.step();
      if (typeof step !== "number") await step;
      ms = performance.now() - started;
      if (ms > CLAIM_MS) slicer.endWithChunk();
    }
    return ms;
  }

  /** Whether claims were returned that no verdict covers. */
  get isUnjudged(): boolean {
    return this.#judged < this.#returned.length && this.#copies.canBeChangedElsewhere;
  }

  judge(id: number): Verdict {
    this.#judged = this.#returned.length;
    const changed = this.#copies.changedElsewhere(this.#returned);
    return { allcores: "verdict", id, pid: process.pid, claims: this.#judged, changed };
  }

  close(): void {
    this.#kernel?.release();
    this.#copies.free();
    if (this.#scratch > 0) freeInternal(this.#scratch);
    this.file?.close();
    this.temps?.close();
  }
}

const EMPTY: ProcessReply = { pid: process.pid, ms: 0, end: 0, parts: [], partials: serialize(NO_PARTIALS) };

/** @throws KernelFault when the values can't be sent */
function serialized({ sum, chunks }: Partials): Uint8Array {
  try {
    return serialize({ sum, chunks });
  } catch (cause) {
    throw new KernelFault(NOT_SENT, cause);
  }
}

function failed(failure: WireFailure): ProcessReply {
  return { ...EMPTY, failure };
}

const open = new Map<number, OpenJob>();

/** Handles one task. Never throws: failures are replies. */
export async function serve(task: ProcessTask): Promise<ProcessReply | PlainReply> {
  try {
    if (task.begun) markBegun(task.begun);
    if (task.kind === "plain") return await serveCall(task.job);
    if (task.kind === "call") return await serveCall(deserialize(task.job) as ProcessJob);
    const job = open.get(task.id) ?? OpenJob.open(task.source);
    open.set(task.id, job);
    return await job.claim(task.first, task.last);
  } catch (thrown) {
    return failed(failureOf({ label: "the job" }, new KernelFault("could not be opened in a process", thrown)));
  }
}

async function serveCall(job: ProcessJob): Promise<ProcessReply | PlainReply> {
  const { kernel, scratch: bytes } = job.wire;
  const scratch = bytes > 0 ? allocateInternal(bytes, "scratch memory") : 0;
  try {
    const work = async () => callOnce(await localJob(job), { scratch }, sendable);
    const { result, left } = await asCall(kernel, () => false, work);
    if (left) throw left;
    const answer = isPlain(result) ? { value: result } : { ...EMPTY, partials: serialized(partialsOfCall(result)) };
    const stray = orStray();
    return stray ? failed(failureOf(kernel, stray)) : answer;
  } catch (thrown) {
    return failed(failureOf(kernel, orStray(thrown)));
  } finally {
    if (scratch > 0) freeInternal(scratch);
  }
}

/** Before other work that may take for ever, a call or a job's first claim here: the verdicts on the jobs before. */
export function earlyVerdicts(task: ProcessTask): Verdict[] {
  if (task.kind === "claim" && open.has(task.id)) return [];
  return [...open].filter(([, job]) => job.isUnjudged).map(([id, job]) => job.judge(id));
}

/** The end of a job in this process. @returns what was found, if it was to be looked for */
export function endJob({ id, check }: EndMessage): Verdict | undefined {
  const job = open.get(id);
  open.delete(id);
  const verdict = check ? job?.judge(id) : undefined;
  job?.close();
  return verdict;
}
