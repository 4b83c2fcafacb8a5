/**
 * An open connection to the queue: checked to be a server that keeps what it is given, and closed in any case.
 *
 *   opening ─> ready, version and policy checked ─> in use, through outages ─> closed
 *           └> ClusterError: refused, too old, or not there for CONNECT_MS
 */
import type { Socket } from "node:net";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { ClusterError, UnsupportedError } from "../errors.js";
import { clearTimeout, setTimeout } from "../timers.js";
import { Keys } from "./keys.js";
import type { Place } from "./options.js";

/** A server that is not there for so long when it is first needed, in ms, is reported; later outages are waited for. */
const CONNECT_MS = 10_000;
/** How long a command that waits for a lost server may keep a connection from being closed, in ms. */
const CLOSE_MS = 2_000;
const RETRY_MS = 500;
/** Streams' entries can be dropped by their ids, and XREAD and keys have the forms in use, from this version on. */
const OLDEST = [6, 2] as const;
/** Replies of a server that will give the same reply the next time. */
const REFUSED =
  /^(?:WRONGPASS|NOAUTH|NOPERM|EXECABORT|OOM|MISCONF|ERR (?:invalid password|Client sent AUTH|AUTH <password>|DB index))/;

interface Peers {
  readonly Bull: Pick<
    typeof import("bullmq"),
    "Queue" | "Worker" | "DelayedError" | "UnrecoverableError" | "WaitingError"
  >;
  readonly Redis: typeof import("ioredis").Redis;
}

let loading: Promise<Peers> | undefined;

/** The optional peers. @throws UnsupportedError when they are not installed */
export function loadPeers(): Promise<Peers> {
  loading ??= load();
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

async function load(): Promise<Peers> {
  try {
    const [Bull, { Redis }] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { Bull, Redis };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    const message = "allcores/cluster needs the packages bullmq and ioredis: npm install bullmq ioredis";
    throw new UnsupportedError(message, { cause });
  }
}

/** Ids of messages, by where they are. */
export interface Queued {
  /** Those that were refused somewhere among them. */
  readonly waiting: ReadonlySet<string>;
  readonly active: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

export class Connection {
  readonly keys: Keys;
  readonly #watched = new WeakSet<Redis>();
  #isBusy = true;

  private constructor(
    readonly place: Place,
    /** For commands that reply at once. */
    readonly redis: Redis,
    readonly queue: Queue,
  ) {
    this.keys = new Keys(place.prefix, place.queue);
  }

  /** @throws ClusterError when the server refuses, is too old, or is not there; UnsupportedError without the peers */
  static async open(place: Place, signal: AbortSignal): Promise<Connection> {
    const { Bull, Redis: Client } = await loadPeers();
    const redis = new Client({
      ...place.redis,
      lazyConnect: true,
      protocol: 2, // BullMQ and the readers of streams know its replies
      maxRetriesPerRequest: null,
      retryStrategy: (times: number) => Math.min(50 * 2 ** times, RETRY_MS),
    });
    try {
      await connected(redis, place.label, signal);
      await checkServer(redis, place.label);
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    redis.on("error", () => {}); // outages are waited for
    const { queue: name, prefix } = place;
    const queue = new Bull.Queue(name, {
      connection: redis,
      prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    queue.on("error", () => {});
    return new Connection(place, redis, queue);
  }

  /** One more, for commands that wait for their reply, or for a subscription. */
  duplicate(): Redis {
    const redis = this.redis.duplicate({ lazyConnect: false });
    redis.on("error", () => {});
    return redis;
  }

  /** Ids of the queue's messages. */
  async queued(): Promise<Queued> {
    const { queue, redis } = this;
    const [wait, paused, delayed, active, failed] = await Promise.all([
      redis.lrange(queue.toKey("wait"), 0, "-1"),
      redis.lrange(queue.toKey("paused"), 0, "-1"),
      redis.zrange(queue.toKey("delayed"), 0, "-1"),
      redis.lrange(queue.toKey("active"), 0, "-1"),
      redis.zrange(queue.toKey("failed"), 0, "-1"),
    ]);
    return { waiting: new Set([...wait, ...paused, ...delayed]), active: new Set(active), failed: new Set(failed) };
  }

  /** Whether its sockets keep the process alive, those of a lost connection once it is back. */
  keepAlive(isBusy: boolean, ...others: Redis[]): void {
    this.#isBusy = isBusy;
    for (const redis of [this.redis, ...others]) {
      if (!this.#watched.has(redis)) redis.on("connect", () => setAlive(redis, this.#isBusy));
      this.#watched.add(redis);
      setAlive(redis, isBusy);
    }
  }

  /** Ends connections, at once where the server is lost. */
  async close(...others: Redis[]): Promise<void> {
    await this.queue.close().catch(() => {});
    await Promise.all([this.redis, ...others].map(end));
  }
}

/** Whether a command failed by what the server said, and would fail again. */
export function isRefused(error: unknown): boolean {
  return REFUSED.test((error as Error | undefined)?.message ?? "");
}

/** What a command failed with, for the caller. */
export function clusterError(label: string, cause: unknown): ClusterError {
  // No cause: the client's error shows the command, and so perhaps the password.
  return new ClusterError(`Redis at ${label} refuses: ${(cause as Error).message}`);
}

function setAlive(redis: Redis, isBusy: boolean): void {
  const { stream } = redis as unknown as { readonly stream?: Partial<Socket> };
  if (isBusy) stream?.ref?.();
  else stream?.unref?.();
}

async function end(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  const over = new Promise((resolve) => redis.once("end", resolve));
  if (redis.status === "ready") await Promise.race([redis.quit().then(() => over), late]).catch(() => {});
  clearTimeout(timer);
  // After the end it would start a timer that keeps the process for 2 s.
  if (redis.status !== "end") redis.disconnect();
}

/** Resolves when the server is ready. */
async function connected(redis: Redis, label: string, signal: AbortSignal): Promise<void> {
  let last: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  await new Promise<void>((resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const give = () => reject(new ClusterError(`Redis at ${label} can't be reached: ${last?.message}`));
    timer = setTimeout(give, CONNECT_MS);
    redis.on("error", (error) => {
      last = error;
      if (isRefused(error)) reject(clusterError(label, error));
    });
    redis.once("ready", resolve);
    redis.connect().catch((error) => {
      last ??= error;
    });
    signal.throwIfAborted();
  }).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  });
}

async function checkServer(redis: Redis, label: string): Promise<void> {
  let info: string;
  try {
    info = await redis.info();
  } catch (error) {
    throw clusterError(label, error);
  }
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
  const version = field("redis_version") ?? "0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new ClusterError(`Redis at ${label} is version ${version}; ${OLDEST.join(".")} or later is needed`);
  const policy = field("maxmemory_policy");
  if (policy && policy !== "noeviction")
    process.emitWarning(
      `Redis at ${label} may drop what it was given: its maxmemory-policy is ${policy}; set it to noeviction`,
      "ClusterWarning",
    );
}
