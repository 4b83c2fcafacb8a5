/**
 * A redis-server of this process alone: it listens on a Unix socket, or on a free port of the loopback interface, has its
 * data in a temporary folder, and ends with this process. For demonstrations, tests and studies.
 *
 *   RedisServer.start({ appendonly: "always" }) -> url -> kill() -> restart(), on the same data -> close()
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";

export interface RedisServerOptions {
  /** When the append-only file is written to the disk; without it nothing outlives the server. */
  readonly appendonly?: "always" | "everysec" | "no";
  readonly password?: string;
  /** `maxmemory-policy`; default "noeviction". */
  readonly policy?: string;
  /** Listens on a port of the loopback interface in place of the socket. */
  readonly onPort?: boolean;
}

/** setpriv, of util-linux, has the system end the server with this process; elsewhere only `close` ends it. */
const WITH_PARENT =
  'setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL redis-server "$@"; exec redis-server "$@"';

/** Whether there is a redis-server on the PATH. */
export function hasRedisServer(): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "redis-server")));
}

export class RedisServer implements AsyncDisposable {
  /** Of the socket or port, for clients: it has no password. */
  readonly url: string;
  readonly #folder: string;
  readonly #args: readonly string[];
  #process: ChildProcessByStdio<null, Readable, null> | undefined;

  private constructor(folder: string, url: string, args: readonly string[]) {
    this.#folder = folder;
    this.url = url;
    this.#args = args;
  }

  /** Resolves once it answers. @throws Error with its last line, if it ends instead */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const { appendonly, password, policy = "noeviction", onPort = false } = options;
    const port = onPort ? await freePort() : 0;
    const folder = mkdtempSync(join(tmpdir(), "allcores-redis-"));
    const socket = join(folder, "redis.sock");
    const server = new RedisServer(folder, onPort ? `redis://127.0.0.1:${port}` : `unix:${socket}`, [
      ...["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", ""],
      ...(onPort ? [] : ["--unixsocket", socket, "--unixsocketperm", "600"]),
      ...(appendonly === undefined ? [] : ["--appendonly", "yes", "--appendfsync", appendonly]),
      ...(password === undefined ? [] : ["--requirepass", password]),
      ...["--maxmemory-policy", policy],
    ]);
    try {
      await server.restart();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Its process id. @throws Error if it does not run */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error("the redis-server does not run");
    return pid;
  }

  /** Ends it by SIGKILL; resolves once it is dead. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  }

  /** Starts it again, after `kill`, on the data that are in its folder; resolves once it answers. */
  async restart(): Promise<void> {
    const child = spawn("sh", ["-c", WITH_PARENT, "sh", ...this.#args], { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = child;
    let log = "";
    child.stdout.setEncoding("utf8");
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", () => reject(new Error(`redis-server has ended: ${lastLine(log)}`)));
      child.stdout.on("data", (text: string) => {
        log = (log + text).slice(-4096);
        if (/ready to accept connections/i.test(log)) resolve();
      });
    });
  }

  /** Ends it, and removes its data. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) || "no redis-server can be started";
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gives no port");
  return address.port;
}
