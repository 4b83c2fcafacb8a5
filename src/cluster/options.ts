/** Where a cluster's queue is: what coordinator and worker are told alike, checked. */
import { knownOptions, optionsObject, plainObject, show } from "../validate.js";
import { NAME } from "./keys.js";
import { type ClusterStore, storeOf } from "./store.js";

/** Where a cluster's queue is. */
export interface ClusterConnection {
  /** A `redis://`, `rediss://` or `unix:` URL, such as `unix:/run/redis.sock?db=1`, or options of ioredis. */
  readonly connection: string | object;
  /** The name of the queue (default "allcores"): letters, digits, `.`, `_` and `-`. */
  readonly queue?: string | undefined;
  /** Keeps the keys of several users of one Redis apart (default "allcores"): letters, digits, `.`, `_` and `-`. */
  readonly prefix?: string | undefined;
  /** Where inputs above 64 MB and results above 8 MB go: a folder that all machines share, or a store of one's own. */
  readonly store?: string | ClusterStore | undefined;
}

/** The same, checked. */
export interface Place {
  readonly redis: object;
  /** How messages call the server: without its password. */
  readonly label: string;
  readonly queue: string;
  readonly prefix: string;
  readonly store: ClusterStore | undefined;
}

const CONNECTION = ["connection", "queue", "prefix", "store"] as const;

/** @param more options that the caller knows besides */
export function placeOf(options: ClusterConnection, more: readonly string[]): Place {
  optionsObject("options", options);
  knownOptions(options, [...CONNECTION, ...more]);
  const { connection, queue = "allcores", prefix = "allcores", store } = options;
  const redis = redisOptions(connection);
  return {
    redis,
    label: labelOf(redis),
    queue: checkedName("queue", queue),
    prefix: checkedName("prefix", prefix),
    store: store === undefined ? undefined : storeOf(store),
  };
}

/** @throws TypeError, RangeError for what can't be part of a key */
export function checkedName(name: string, value: unknown): string {
  if (typeof value === "string" && NAME.test(value)) return value;
  const message = `${name} must be up to 100 letters, digits, ".", "_" and "-", got ${show(value)}`;
  throw typeof value === "string" ? new RangeError(message) : new TypeError(message);
}

interface RedisOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: object;
}

function redisOptions(connection: unknown): RedisOptions {
  if (typeof connection === "string") return fromUrl(connection);
  if (typeof connection === "object" && connection !== null && !Array.isArray(connection)) {
    plainObject("connection", connection); // no client, whose own fields mean something else
    if ("keyPrefix" in connection && connection.keyPrefix)
      throw new RangeError("connection: BullMQ takes no keyPrefix of ioredis; use the option prefix");
    return { ...connection };
  }
  throw new TypeError(`connection must be a URL of Redis or options of ioredis, got ${show(connection)}`);
}

function fromUrl(text: string): RedisOptions {
  const refused = (why: string) =>
    new RangeError(`connection must be a redis://, rediss:// or unix: URL, got ${show(withoutPassword(text))}${why}`);
  if (!URL.canParse(text)) throw refused("");
  const url = new URL(text);
  const { protocol, hostname, port, username, password, pathname, searchParams } = url;
  const isUnix = protocol === "unix:";
  if (!isUnix && protocol !== "redis:" && protocol !== "rediss:") throw refused("");
  const db = searchParams.get("db") ?? (isUnix ? "" : pathname.slice(1));
  if (!/^\d*$/.test(db)) throw refused(": the number of a database has digits alone");
  if (isUnix && !pathname.startsWith("/")) throw refused(": the path of a socket is absolute");
  return {
    ...(isUnix ? { path: decodeURIComponent(pathname) } : { host: hostname.replace(/^\[|\]$/g, "") || "127.0.0.1" }),
    ...(!isUnix && { port: Number(port || 6379) }),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(db && { db: Number(db) }),
    ...(protocol === "rediss:" && { tls: {} }),
  };
}

function withoutPassword(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/s, "$1***@");
}

function labelOf({ path, host = "127.0.0.1", port = 6379, tls }: RedisOptions): string {
  return path ? `unix:${path}` : `${tls ? "rediss" : "redis"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
