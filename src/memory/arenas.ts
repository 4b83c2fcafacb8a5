/**
 * A pool's arenas: the stretches of memory in which kernels allocate, one for each worker that is at work, and a few more.
 *
 *   line 0..  int32 STAMPS       counts instances that were ever made on these arenas
 *             int32 OWNER[i]     the job whose participant has arena i; 0: free
 *             int32 STAMP[i]     the instance whose sealed data lies in arena i; 0: none
 *   then      arena 0 | arena 1 | ...
 *
 * Workers claim by CAS, since no other thread knows which of them gets a task. A killed worker cannot give its arena back:
 * the owner takes it back when the job has ended.
 */
import { sharedMemory } from "./heap.js";
import { wholeLines } from "./layout.js";

/** Arenas beyond one a worker: for calls within calls, and until the owner has taken a dead worker's back. */
const SPARE = 2;
/** The time between two looks for a free arena, in ms. */
const LOOK_MS = 1;

/** Where a pool's arenas lie, as plain data. */
export interface ArenaTable {
  readonly pointer: number;
  readonly count: number;
  /** Bytes of each arena. */
  readonly bytes: number;
}

/** What a claim is made with: the arenas, and the job that claims. */
export interface ArenaClaim {
  readonly table: ArenaTable;
  readonly job: number;
}

/** Bytes before the first arena, zero at first. */
export function arenaTableHeader(count: number): number {
  return wholeLines(4 * (1 + 2 * count));
}

/** Bytes of a table for a number of workers, and how many arenas it has. */
export function arenaTableSize(workers: number, bytes: number): { count: number; size: number } {
  const count = workers + SPARE;
  return { count, size: arenaTableHeader(count) + count * wholeLines(bytes) };
}

export class Arenas {
  readonly #words: Int32Array;

  constructor(private readonly table: ArenaTable) {
    this.#words = new Int32Array(sharedMemory().buffer, table.pointer, 1 + 2 * table.count);
  }

  /** Claims one arena. @returns false when it is taken */
  claimAt(index: number, job: number): boolean {
    return Atomics.compareExchange(this.#words, 1 + index, 0, job) === 0;
  }

  /** Claims a free arena, an unused one if there is one. @returns -1 when all are taken */
  claim(job: number): number {
    for (const isUnused of [true, false])
      for (let index = 0; index < this.table.count; index++) {
        if (isUnused && this.stampOf(index) !== 0) continue;
        if (this.claimAt(index, job)) return index;
      }
    return -1;
  }

  /** Claims as `claim` does, and waits while all are taken: the owner takes back those of dead workers. */
  await(job: number, giveUp: () => boolean): number {
    for (;;) {
      const index = this.claim(job);
      if (index >= 0 || giveUp()) return index;
      Atomics.wait(this.#words, 1, Atomics.load(this.#words, 1), LOOK_MS);
    }
  }

  giveBack(index: number, job: number): void {
    Atomics.compareExchange(this.#words, 1 + index, job, 0);
  }

  /** Takes back what a job still has: called when no worker is at work for it any more. */
  takeBack(job: number): void {
    for (let index = 0; index < this.table.count; index++) this.giveBack(index, job);
  }

  stampOf(index: number): number {
    return Atomics.load(this.#words, 1 + this.table.count + index);
  }

  /** Marks an arena as a new instance's. @returns its stamp */
  stamp(index: number): number {
    const stamp = Atomics.add(this.#words, 0, 1) + 1;
    Atomics.store(this.#words, 1 + this.table.count + index, stamp);
    return stamp;
  }

  addressOf(index: number): number {
    const { pointer, count, bytes } = this.table;
    return pointer + arenaTableHeader(count) + index * wholeLines(bytes);
  }
}
