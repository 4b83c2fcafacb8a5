/**
 * Which thread holds a lock, and whether that thread is still alive.
 *
 * A thread's agent id is Node's `threadId` + 1: unique in the process and never used again. Each thread that touches a
 * primitive is entered in the agents' table that the primitive's handle carries:
 *
 *   words:  | rows used | mark | mark | - | row 0 | row 1 | ... | row 4,095 | a bit for each agent id, by its last 15 bits |
 *   a row:  | agent id (0: empty, -1: being written) | OS thread id | its start time | 1 while it sleeps |
 *
 * The bit of an id says that it has been entered: a thread without a row but with its bit is dead; of a thread that never
 * was entered (a kernel there takes a lock, but the thread has not loaded this module) nothing is known.
 *
 * The first thread that makes a primitive makes the table; threads started later inherit it (environment data of
 * node:worker_threads), so that mostly there is one. The two marks are random: they identify the table in any view.
 *
 * A row is cleared by the thread that created the worker, when `exit` comes (3 ms after terminate(), 19 ms after an
 * exit()); node:diagnostics_channel names every new worker, whichever code makes it. A creator that is blocked does not see
 * the event: on Linux the waiter also looks whether the OS thread is gone (4 us warm, 40 in a thread that has just woken
 * up; every eighth time whether it is still the same thread, 30 us).
 */
import { randomInt } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { getEnvironmentData, setEnvironmentData, threadId, type Worker } from "node:worker_threads";
import { UnsupportedError } from "../errors.js";
import { startTicks } from "./start-ticks.js";

const ENVIRONMENT_KEY = "allcores.sync.agents";
const HEAD = 4;
const ROW = 4;
const ROWS = 4096;
const BITS = HEAD + ROWS * ROW;
const KNOWN_IDS = 2 ** 15;
const TABLE_WORDS = BITS + KNOWN_IDS / 32;
const ID = 0;
const TID = 1;
const START = 2;
const BLOCKED = 3;
const WRITING = -1;
const EACH_EIGHTH = 8;
let looks = 0;

/** This thread's id as the holder of locks: 1 or more. */
export const agentId = threadId + 1;

type Table = Int32Array<SharedArrayBuffer>;
/** The tables that this thread is entered in, by mark. */
const joined = new Map<string, Table>();
let current: Table | undefined;
/** Where this thread's rows are. */
const threadRows: { readonly table: Table; readonly row: number }[] = [];

/** The table for primitives that this thread makes. */
export function agentTable(): Table {
  if (current) return current;
  const inherited = getEnvironmentData(ENVIRONMENT_KEY);
  if (inherited instanceof SharedArrayBuffer) {
    current = joinAgents(inherited);
    return current;
  }
  const [known] = joined.values();
  const buffer = known?.buffer ?? new SharedArrayBuffer(TABLE_WORDS * 4);
  if (!known) new Int32Array(buffer).set([0, randomInt(2 ** 31), randomInt(2 ** 31)]);
  setEnvironmentData(ENVIRONMENT_KEY, buffer);
  current = joinAgents(buffer);
  return current;
}

/** Enters this thread in a table that came with a handle. */
export function joinAgents(buffer: SharedArrayBuffer): Table {
  const table: Table = new Int32Array(buffer);
  const mark = `${table[1]}.${table[2]}`;
  const known = joined.get(mark);
  if (known) return known;
  const row = findRow(table, agentId) ?? enter(table);
  threadRows.push({ table, row });
  joined.set(mark, table);
  return table;
}

/** Whether the table has the thread with this id: a cheap look, which sees an end late where the creator is busy. */
export function isEntered(table: Table, id: number): boolean {
  return id === agentId || findRow(table, id) !== undefined;
}

/** Whether the thread with this id runs, as far as the table and the OS show. */
export function isAlive(table: Table, id: number): boolean {
  if (id === agentId) return true;
  const row = findRow(table, id);
  if (row === undefined) return !wasEntered(table, id);
  const tid = Atomics.load(table, row + TID);
  // The OS uses ids of threads again, but hardly ever so soon.
  const isSame = () => ++looks % EACH_EIGHTH !== 0 || startOf(tid) === Atomics.load(table, row + START);
  if (tid === 0 || (existsSync(`/proc/self/task/${tid}`) && isSame())) return true;
  Atomics.compareExchange(table, row + ID, id, 0);
  return false;
}

/** Records whether this thread sleeps in a wait of this package. */
function markBlocked(isBlocked: boolean): void {
  for (const { table, row } of threadRows) Atomics.store(table, row + BLOCKED, Number(isBlocked));
}

/** Whether the thread with this id sleeps in a wait of this package at this moment. */
export function isBlocked(id: number): boolean {
  for (const table of joined.values()) {
    const row = findRow(table, id);
    if (row !== undefined && Atomics.load(table, row + BLOCKED) === 1) return true;
  }
  return false;
}

/** The OS's id of this thread, or 0 where it can't be known. */
export function nativeThreadId(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

/** The OS's ids of this process's threads; none where they can't be known. */
export function nativeThreads(): string[] {
  try {
    return readdirSync("/proc/self/task");
  } catch {
    return [];
  }
}

/** When the thread started: thread ids of the OS are used again. -1 when it is gone. */
function startOf(tid: number): number {
  return startTicks(`/proc/self/task/${tid}/stat`) | 0;
}

function wasEntered(table: Table, id: number): boolean {
  return (Atomics.load(table, bitWord(id)) & (1 << id)) !== 0;
}

function bitWord(id: number): number {
  return BITS + ((id % KNOWN_IDS) >> 5);
}

function findRow(table: Table, id: number): number | undefined {
  const used = Atomics.load(table, 0);
  for (let row = HEAD; row < HEAD + used * ROW; row += ROW) if (Atomics.load(table, row + ID) === id) return row;
  return undefined;
}

/** @returns this thread's row */
function enter(table: Table): number {
  const tid = nativeThreadId();
  for (let pass = 0; pass < 2; pass++) {
    for (let index = 0; index < ROWS; index++) {
      const row = HEAD + index * ROW;
      if (Atomics.load(table, row + ID) !== 0 || Atomics.compareExchange(table, row + ID, 0, WRITING) !== 0) continue;
      Atomics.store(table, row + TID, tid);
      Atomics.store(table, row + START, tid && startOf(tid));
      for (let used = Atomics.load(table, 0); used <= index; used = Atomics.load(table, 0))
        Atomics.compareExchange(table, 0, used, index + 1);
      Atomics.store(table, row + BLOCKED, 0);
      Atomics.store(table, row + ID, agentId);
      Atomics.or(table, bitWord(agentId), 1 << agentId);
      return row;
    }
    // The table is full: some of its threads may have ended unnoticed.
    for (let row = HEAD; row < BITS; row += ROW) {
      const id = Atomics.load(table, row + ID);
      if (id > 0) isAlive(table, id); // a row that is being written has its thread's ids not yet
    }
  }
  throw new UnsupportedError(`more than ${ROWS} threads use the same locks`);
}

const listeners: ((id: number) => void)[] = [];

subscribe("worker_threads", (message) => {
  const { worker } = message as { worker: Worker };
  // `threadId` is -1 by the time the worker has ended.
  const id = worker.threadId + 1;
  worker.once("exit", () => {
    for (const table of joined.values()) {
      const row = findRow(table, id);
      if (row !== undefined) Atomics.compareExchange(table, row + ID, id, 0);
    }
    for (const listener of listeners) listener(id);
  });
});

/** Calls `listener` with the id of each thread that this thread has started, when that thread has ended. */
export function onAgentEnd(listener: (id: number) => void): void {
  listeners.push(listener);
}

/** `Atomics.wait` that other threads can see: `isBlocked`. */
export function sleepOn(words: Int32Array, at: number, value: number, ms: number): "ok" | "not-equal" | "timed-out" {
  markBlocked(true);
  const outcome = Atomics.wait(words, at, value, ms);
  markBlocked(false);
  return outcome;
}
