/**
 * Instances of modules that this package compiled: each with an arena of its own, in which the kernel allocates.
 *
 *   new instance ─> begin(arena) ─> top-level statements ─> seal ─┬─> call ─> reset to the seal ─┐
 *                                                                 └──────────────────────────────┘
 *
 * An instance serves one call at a time: a call made during another gets an instance and an arena of its own. Where
 * workers share a pool's arenas, an instance is kept with the stamp of its arena, and used again if nobody else has
 * stamped that since: making one takes 6 us and whatever its top-level statements do.
 */
import { CompileError, UnsupportedError } from "../errors.js";
import { abortError, printTrace } from "./abort.js";
import { type ArenaClaim, Arenas } from "./arenas.js";
import { allocateInternal, freeInternal, sharedMemory } from "./heap.js";
import { SLOT_BYTES, SLOTS_START } from "./layout.js";
import { slotOf, tooMuchStaticData } from "./slots.js";

/** A module of our own, as instances are made of it. */
export interface OwnModule {
  readonly id: number;
  /** A `WebAssembly.Module` without static data. */
  readonly module: object;
  readonly base: number;
  /** Bytes of an arena; 0: it needs none. */
  readonly arena: number;
  readonly label: string;
}

/** What assembly/rt/host.ts exports, and the start function. */
interface HostExports {
  readonly __allcores_static_end: () => number;
  readonly __allcores_begin: (begin: number, end: number) => void;
  readonly __allcores_start: () => void;
  readonly __allcores_seal: () => void;
  readonly __allcores_reset: () => void;
}

interface Instance {
  readonly exports: HostExports & Record<string, unknown>;
  readonly place: Place;
  busy: boolean;
}

/** An arena, and how it is let go. */
interface Place {
  readonly address: number;
  /** In a pool's table. */
  readonly pooled?: { readonly table: number; readonly index: number; readonly stamp: number };
  /** Between two leases. */
  pause(): void;
  /** For good. */
  drop(): void;
}

const NOWHERE: Place = { address: 0, pause() {}, drop() {} };

/** Instances of this thread, by module. */
const kept = new Map<number, Instance[]>();

/** The right to call a module's exports: given back by `release`. */
export class Lease {
  readonly #held: Instance[] = [];

  constructor(
    private readonly own: OwnModule,
    private readonly claim: ArenaClaim | undefined,
    private readonly giveUp: () => boolean,
  ) {}

  /** An instance that no call is under way on. */
  #instance(): Instance {
    const idle = this.#held.find(({ busy }) => !busy);
    if (idle) return idle;
    const instance = take(this.own, this.claim, this.#held.length > 0 ? () => true : this.giveUp);
    this.#held.push(instance);
    return instance;
  }

  /** Whether the module exports such a function. */
  has(name: string): boolean {
    return typeof this.#instance().exports[name] === "function";
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
      if (!isSound)
        this.#discard(instance); // a trap may have left its variables half changed
      else if (this.own.arena > 0) instance.exports.__allcores_reset();
    }
  }

  #discard(instance: Instance): void {
    this.#held.splice(this.#held.indexOf(instance), 1);
    instance.place.drop();
  }

  /** No more calls: others may have the instances. */
  release(): void {
    const list = kept.get(this.own.id) ?? [];
    kept.set(this.own.id, list);
    for (const instance of this.#held.splice(0)) {
      instance.place.pause();
      list.push(instance);
    }
  }
}

function take(own: OwnModule, claim: ArenaClaim | undefined, giveUp: () => boolean): Instance {
  const list = kept.get(own.id) ?? [];
  for (let instance = list.pop(); instance; instance = list.pop())
    if (!instance.place.pooled || (claim && reclaim(instance.place.pooled, claim))) return instance;
  return make(own, own.arena === 0 ? NOWHERE : claim ? pooledPlace(claim, giveUp) : ownPlace(own));
}

/** Whether an instance's arena is free, and still as it left it. */
function reclaim(pooled: NonNullable<Place["pooled"]>, { table, job }: ArenaClaim): boolean {
  if (pooled.table !== table.pointer) return false;
  const arenas = new Arenas(table);
  if (!arenas.claimAt(pooled.index, job)) return false;
  if (arenas.stampOf(pooled.index) === pooled.stamp) return true;
  arenas.giveBack(pooled.index, job);
  return false;
}

function pooledPlace({ table, job }: ArenaClaim, giveUp: () => boolean): Place {
  const arenas = new Arenas(table);
  const index = arenas.await(job, giveUp);
  if (index < 0) throw new UnsupportedError("too many calls of kernels within calls of kernels: no arena is free");
  const giveBack = () => arenas.giveBack(index, job);
  const stamp = arenas.stamp(index);
  return {
    address: arenas.addressOf(index),
    pooled: { table: table.pointer, index, stamp },
    pause: giveBack,
    drop: giveBack,
  };
}

function ownPlace({ arena, label }: OwnModule): Place {
  const address = allocateInternal(arena, `${label}: an arena`, false);
  return { address, pause() {}, drop: () => freeInternal(address) };
}

function make({ module, arena, base, label }: OwnModule, place: Place): Instance {
  try {
    const memory = sharedMemory();
    const env = {
      memory,
      abort: (message: number, file: number, line: number, column: number) => {
        throw abortError(memory.buffer, { message, file, line, column }, arena);
      },
      trace: (...words: number[]) => printTrace(memory.buffer, words),
    };
    const exports = new WebAssembly.Instance(module as WebAssembly.Module, { env }).exports as Instance["exports"];
    if (exports.__allcores_static_end() >>> 0 > SLOTS_START + (slotOf(base) + 1) * SLOT_BYTES)
      throw new CompileError(tooMuchStaticData(label));
    exports.__allcores_begin(place.address, place.address + arena);
    exports.__allcores_start();
    exports.__allcores_seal();
    return { exports, place, busy: false };
  } catch (error) {
    place.drop();
    throw error;
  }
}
