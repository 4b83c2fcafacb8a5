/** Presence: workers and coordinators announce themselves every second, under a key that Redis drops when they no longer do. */
import { hostname } from "node:os";
import type { Connection } from "./connection.js";
import { PRESENT_MS } from "./keys.js";
import type { ClusterMember, ClusterRun } from "./status.js";

export const here = { host: hostname(), pid: process.pid } as const;

/** Says that a member is there. @param set the key of all members of its kind, @param key of this one */
export async function announce(
  { redis }: Connection,
  set: string,
  key: string,
  member: ClusterMember | ClusterRun,
): Promise<void> {
  await redis.multi().sadd(set, member.id).set(key, JSON.stringify(member), "PX", PRESENT_MS).exec();
}

export async function leave({ redis }: Connection, set: string, key: string, id: string): Promise<void> {
  await redis.multi().srem(set, id).del(key).exec();
}

/** Those that are there. @param keyOf the key of each, @param check whether one has the form that it should have */
async function present<T>(
  { redis }: Connection,
  set: string,
  keyOf: (id: string) => string,
  check: (member: Record<string, unknown>) => T | undefined,
): Promise<T[]> {
  const ids = await redis.smembers(set);
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map(keyOf));
  const gone = ids.filter((_, i) => texts[i] === null);
  if (gone.length > 0) await redis.srem(set, ...gone);
  return texts.flatMap((text) => {
    try {
      return text === null ? [] : (check(JSON.parse(text)) ?? []);
    } catch {
      return [];
    }
  });
}

export function workersOf(connection: Connection): Promise<ClusterMember[]> {
  const { keys } = connection;
  return present(
    connection,
    keys.workers,
    (id) => keys.worker(id),
    (member) => {
      const { id, host, pid, threads, version } = member;
      return isText(id) && isText(host) && isText(version) && isCount(pid) && isCount(threads)
        ? { id, host, pid, threads, version }
        : undefined;
    },
  );
}

export function runsOf(connection: Connection): Promise<ClusterRun[]> {
  const { keys } = connection;
  return present(
    connection,
    keys.runs,
    (id) => keys.run(id),
    (member) => {
      const { id, host, pid, jobs, done, total } = member;
      return isText(id) && isText(host) && isCount(pid) && isCount(jobs) && isCount(done) && isCount(total)
        ? { id, host, pid, jobs, done, total }
        : undefined;
    },
  );
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length < 1000;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
