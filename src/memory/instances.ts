/**
 * Instances of modules that this package compiled: each with its arena, in which the kernel allocates.
 *
 *   new instance ─> begin(arena) ─> top-level statements ─> seal ─┬─> call ─> reset to the seal, ─┐
 *                                                                 │         restore what it seals │
 *                                                                 └───────────────────────────────┘
 *
 * An instance serves one call at a time: a call made during another gets another instance and arena. Where
 * workers share a pool's arenas, an instance is kept with the stamp of its arena, and used again if no other instance
 * has stamped that since: making one takes 6 us and whatever its top-level statements do.
 */
import { threadId } from "node:worker_threads";
import { CompileError, UnsupportedError } from "../errors.js";
import { abortError, printTrace } from "./abort.js";
import { type ArenaClaim, Arenas, type ArenaTable } from "./arenas.js";
import { allocateInternal, freeInternal, sharedMemory } from "./heap.js";
import { SLOT_BYTES, SLOTS_START } from "./layout.js";
import { outsideError } from "./outside.js";
import { slotOf, tooMuchStaticData } from "./slots.js";

/** A module that this package compiled, as instances are made of it. */
export interface CompiledModule {
  readonly id: string;
  /** A `WebAssembly.Module` without static data. */
  readonly module: object;
  readonly base: number;
  /** Bytes of an arena; 0: it needs none. */
  readonly arena: number;
  /** Whether its kernels take locks. */
  readonly locks: boolean;
  readonly label: string;
}

/** What assembly/rt/host.ts exports, and the start function. */
interface HostExports {
  readonly __allcores_static_end: () => number;
  readonly __allcores_begin: (begin: number, end: number) => number;
  readonly __allcores_start: () => void;
  readonly __allcores_seal: () => number;
  readonly __allcores_reset: () => number;
  readonly __allcores_agent: (id: number) => void;
  readonly __allcores_forget: () => void;
  readonly __allcores_abandon: () => void;
}

interface Instance {
  readonly exports: HostExports & Record<string, unknown>;
  readonly place: Place;
  /** Bytes that a call may allocate. */
  readonly room: number;
  /** Called after each call. @returns the most bytes that the call had allocated at once */
  restore(): number;
  busy: boolean;
}

/** What the last call of a lease took of its arena, in bytes. */
export interface ArenaUse {
  readonly used: number;
  /** What the call might have used. */
  readonly room: number;
}

/** An arena: this thread's, or one of a pool's, claimed for as long as a lease. */
interface Place {
  readonly address: number;
  /** The arena's place in a pool's table; `job` has it, or had it last. */
  readonly pooled?: { readonly table: ArenaTable; readonly index: number; readonly stamp: number; job: number };
}

/** How many idle instances a thread keeps, the last used ones: each that allocates has an arena. */
const KEPT = 16;
const kept: { readonly id: string; readonly instance: Instance }[] = [];

/** The right to call a module's exports: given back by `release`. */
export class Lease {
  readonly #held: Instance[] = [];
  /** Instances whose call has failed. */
  readonly #broken: Instance[] = [];
  /** The instance of the last call, which the next call most likely gets. */
  #last: Instance | undefined;
  #used = 0;

  constructor(
    private readonly compiled: CompiledModule,
    private readonly claim: ArenaClaim | undefined,
    private readonly giveUp: () => boolean,
  ) {}

  /** An instance that no call is under way on. */
  #instance(): Instance {
    if (this.#last && !this.#last.busy) return this.#last;
    const idle = this.#held.find(({ busy }) => !busy);
    if (idle) return idle;
    const instance = take(this.compiled, this.claim, this.#held.length > 0 ? () => true : this.giveUp);
    this.#held.push(instance);
    return instance;
  }

  call(name: string, args: unknown[]): unknown {
    const instance = this.#instance();
    const run = instance.exports[name] as (...args: unknown[]) => unknown;
    instance.busy = true;
    let isSound = false;
    try {
      const value = run(...args);
      isSound = true;
      return value;
    } finally {
      instance.busy = false;
      if (!isSound) {
        this.#broken.push(...this.#held.splice(this.#held.indexOf(instance), 1));
        this.#last = undefined;
      } else {
        if (this.compiled.locks) instance.exports.__allcores_forget();
        if (this.compiled.arena > 0) this.#used = instance.restore();
        this.#last = instance;
      }
    }
  }

  /** What the last call that returned took; undefined where kernels allocate nothing. */
  lastUse(): ArenaUse | undefined {
    if (this.compiled.arena === 0 || this.#last === undefined) return undefined;
    return { used: this.#used, room: this.#last.room };
  }

  /**
   * An instance is not used again after a trap: its variables may be half changed. The locks that it held are marked as
   * died only now, when the other workers know that the job stops: else their failures would seem to be the first cause.
   */
  #discard({ exports, place }: Instance): void {
    try {
      if (this.compiled.locks) exports.__allcores_abandon();
    } finally {
      giveBack(place);
      free(place);
    }
  }

  /** Ends the lease: others may have the instances. */
  release(): void {
    for (const instance of this.#broken.splice(0)) this.#discard(instance);
    this.#last = undefined;
    for (const instance of this.#held.splice(0)) {
      giveBack(instance.place);
      kept.push({ id: this.compiled.id, instance });
    }
    for (const { instance } of kept.splice(0, kept.length - KEPT)) free(instance.place);
  }
}

function take(compiled: CompiledModule, claim: ArenaClaim | undefined, giveUp: () => boolean): Instance {
  for (;;) {
    const last = kept.findLastIndex(({ id }) => id === compiled.id);
    const [found] = last < 0 ? [] : kept.splice(last, 1);
    if (!found) break;
    const { instance } = found;
    if (!instance.place.pooled || (claim && reclaim(instance.place.pooled, claim))) return instance;
  }
  return make(
    compiled,
    compiled.arena === 0 ? { address: 0 } : claim ? pooledPlace(claim, giveUp) : threadPlace(compiled),
  );
}

/** Claims an instance's arena. @returns false when it is taken, or not as the instance left it */
function reclaim(pooled: NonNullable<Place["pooled"]>, { table, job }: ArenaClaim): boolean {
  if (pooled.table.pointer !== table.pointer) return false;
  const arenas = new Arenas(table);
  if (!arenas.claimAt(pooled.index, job)) return false;
  pooled.job = job;
  if (arenas.stampOf(pooled.index) === pooled.stamp) return true;
  arenas.giveBack(pooled.index, job);
  return false;
}

function pooledPlace({ table, job }: ArenaClaim, giveUp: () => boolean): Place {
  const arenas = new Arenas(table);
  const index = arenas.await(job, giveUp);
  if (index < 0) throw new UnsupportedError("too many calls of kernels within calls of kernels: no arena is free");
  return { address: arenas.addressOf(index), pooled: { table, index, stamp: arenas.stamp(index), job } };
}

function threadPlace({ arena, label }: CompiledModule): Place {
  return { address: allocateInternal(arena, `${label} needs an arena, since a kernel of its file allocates`, false) };
}

/** Gives a pool's arena back at the end of a lease: other workers may have it. */
function giveBack({ pooled }: Place): void {
  if (pooled) new Arenas(pooled.table).giveBack(pooled.index, pooled.job);
}

/** Frees an arena of this thread that no instance needs any more. */
function free({ address, pooled }: Place): void {
  if (!pooled && address > 0) freeInternal(address);
}

function make({ module, arena, base, label }: CompiledModule, place: Place): Instance {
  try {
    const memory = sharedMemory();
    const env = {
      memory,
      abort: (message: number, file: number, line: number, column: number) => {
        throw abortError(memory.buffer, { message, file, line, column }, arena);
      },
      trace: (...words: number[]) => printTrace(memory.buffer, words),
      outside: (...found: number[]) => {
        throw outsideError(module, found);
      },
    };
    const exports = new WebAssembly.Instance(module as WebAssembly.Module, { env }).exports as Instance["exports"];
    if (exports.__allcores_static_end() >>> 0 > SLOTS_START + (slotOf(base) + 1) * SLOT_BYTES)
      throw new CompileError(tooMuchStaticData(label));
    exports.__allcores_agent(threadId + 1); // as src/sync/agents.ts has it
    const first = exports.__allcores_begin(place.address, place.address + arena) >>> 0;
    exports.__allcores_start();
    const sealed = exports.__allcores_seal() >>> 0;
    const room = place.address + arena - sealed;
    return { exports, place, room, restore: restorer(exports, first, sealed), busy: false };
  } catch (error) {
    giveBack(place);
    free(place);
    throw error;
  }
}

/**
 * The end of a call: it frees what the call allocated, and restores what top-level statements made, since the call may
 * have changed that (a list that grew lies where nothing is any more). Copying 10 kB takes 1 us.
 */
function restorer({ __allcores_reset: reset }: HostExports, first: number, sealed: number): () => number {
  if (sealed === first) return () => reset() >>> 0;
  const objects = new Uint8Array(sharedMemory().buffer, first, sealed - first);
  const before = objects.slice();
  return () => {
    const used = reset();
    objects.set(before);
    return used >>> 0;
  };
}
