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
import type { WireJob, WireKernel } from "../job/wire-job.js";
import { allocateInternal, freeInternal } from "../memory/heap.js";
import { type KernelModule, kernelModule } from "../memory/modules.js";
import { performance } from "../timers.js";
import { AccumulatingKernel, watchedKernel } from "./accumulating.js";
import { ArrayCopies } from "./array-copies.js";
import { type BoundKernel, bindKernel } from "./bind.js";
import { ChildAccumulators } from "./child-accumulators.js";
import { asCall } from "./current-call.js";
import { JobFile, markBegun } from "./job-file.js";
import { callOnce } from "./plain-call.js";
import {
  CLAIM_MS,
  type EndMessage,
  type Errand,
  isPlain,
  type JobSource,
  type PlainReply,
  type ProcessJob,
  type ProcessKernel,
  type ProcessReply,
  type ProcessTask,
  type RangeJob,
  type Verdict,
} from "./process-messages.js";
import { sendable } from "./result.js";
import { Slicer } from "./slicer.js";

const modules = new Map<string, Promise<KernelModule>>();

/** This process's form of the job: its kernels compiled here, once a module. */
async function localJob({ wire, bytes, joinBytes }: ProcessJob): Promise<WireJob> {
  const { accumulation, ...rest } = wire;
  const job = { ...rest, kernel: await localKernel(wire.kernel, bytes) };
  if (!accumulation) return job;
  const { combine } = accumulation;
  const join = typeof combine === "object" ? await localKernel(combine, joinBytes) : combine;
  return { ...job, accumulation: { ...accumulation, combine: join } };
}

async function localKernel(kernel: ProcessKernel, bytes: Uint8Array | undefined): Promise<WireKernel> {
  if (kernel.language === "js") return kernel;
  const source = bytes ?? kernel.url;
  if (!source) throw new Error("the module came without its bytes or its URL");
  const loading = modules.get(kernel.id) ?? kernelModule(source);
  modules.set(kernel.id, loading);
  loading.catch(() => modules.delete(kernel.id));
  const { id, module } = await loading;
  return { ...kernel, id, module };
}

class OpenJob {
  #copies: ArrayCopies | undefined;
  readonly #scratch: number;
  /** Ranges of items that this process has returned. */
  readonly #returned: (readonly [begin: number, end: number])[] = [];
  /** Claims that it has returned, those without items too, and how many of them a verdict covers. */
  #claims = 0;
  #judged = 0;
  #local: WireJob | undefined;
  #kernel: BoundKernel | undefined;
  #accumulators: ChildAccumulators | undefined;
  /** Of the claim under way. */
  #slicer: Slicer | undefined;

  private constructor(
    private readonly job: RangeJob,
    private readonly file: JobFile | undefined,
    private readonly temps: JobFile | undefined,
  ) {
    const { scratch } = job.wire;
    this.#scratch = scratch > 0 ? allocateInternal(scratch, "scratch memory") : 0;
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

  /** Brings the arrays in, before the first chunks: joins do without. */
  openArrays(): void {
    const { arrays, range } = this.job.wire;
    this.#copies ??= new ArrayCopies(arrays, this.file, range.n, this.temps);
  }

  async claim(first: number, last: number, errand: Errand | undefined): Promise<ProcessReply> {
    const { kernel } = this.job.wire;
    this.#slicer = undefined;
    try {
      const work = () => this.#compute(first, last, errand);
      const { result, left } = await asCall(watchedKernel(this.job.wire), () => this.#isStopped, work);
      if (left) return failed(failureOf(kernel, left));
      const { ms, items, partials, nodes } = result;
      const stray = orStray();
      if (stray) return failed(failureOf(kernel, stray, items));
      this.#claims++;
      if (first < last) this.#returned.push(items);
      const parts = this.#copies?.giveParts(items) ?? [];
      return { ...EMPTY, ms, end: items[1], partials: serialized(partials), parts, nodes };
    } catch (thrown) {
      const slice = this.job.wire.isCall ? undefined : (this.#slicer as Slicer | undefined)?.slice;
      return failed(failureOf(kernel, orStray(thrown), slice));
    }
  }

  async #compute(first: number, last: number, errand: Errand | undefined) {
    const { range } = this.job.wire;
    this.#local ??= await localJob(this.job);
    const accumulators = this.#accumulatorsOf(this.#local);
    const nodes = (errand && (await accumulators?.join(errand, () => this.#isStopped))) ?? [];
    const at = first * range.grain;
    if (first === last) return { ms: 0, items: [at, at] as const, partials: NO_PARTIALS, nodes };
    const bound = await this.#bound(this.#local);
    const slicer = Slicer.of(bound, range, sendable);
    this.#slicer = slicer;
    slicer.claim(first, last);
    try {
      accumulators?.begin(bound, first, last);
      const ms = await this.#slices(slicer);
      const done = Math.ceil(slicer.end / range.grain);
      if (accumulators && errand && !this.#isStopped) nodes.push(...accumulators.put(done, errand));
      return { ms, items: [at, slicer.end] as const, partials: slicer, nodes };
    } finally {
      accumulators?.end();
    }
  }

  get #isStopped(): boolean {
    return this.file?.isStopped ?? false;
  }

  #accumulatorsOf({ accumulation, kernel }: WireJob): ChildAccumulators | undefined {
    if (accumulation) this.#accumulators ??= new ChildAccumulators(accumulation, kernel.label, this.file);
    return this.#accumulators;
  }

  async #bound(local: WireJob): Promise<BoundKernel> {
    const range = local.isCall ? undefined : local.range;
    const job = { ...local, range, arrays: this.#copies?.arrays ?? [] };
    const surroundings = { scratch: this.#scratch };
    this.#kernel ??= await (local.accumulation
      ? AccumulatingKernel.bind(job, surroundings)
      : bindKernel(job, surroundings));
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
    return this.#judged < this.#claims && (this.#copies?.canBeChangedElsewhere ?? false);
  }

  judge(id: number): Verdict {
    this.#judged = this.#claims;
    const changed = this.#copies?.changedElsewhere(this.#returned);
    return { allcores: "verdict", id, pid: process.pid, claims: this.#judged, changed };
  }

  close(): void {
    this.#kernel?.release();
    this.#accumulators?.close();
    this.#copies?.free();
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
    if (task.first < task.last) job.openArrays();
    return await job.claim(task.first, task.last, task.errand);
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
