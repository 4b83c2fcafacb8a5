/** What the other files of tests stand on: a private redis-server that can be killed, and goes on with its data. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { hasRedis, startRedis } from "../support/redis.js";
import { isAlive } from "../support/system.js";

const LIMIT = 20_000;

async function ask(url: string, ...words: string[]): Promise<string> {
  const where = url.startsWith("unix:") ? ["-s", url.slice("unix:".length)] : ["-u", url];
  const { stdout, stderr } = await promisify(execFile)("redis-cli", [...where, ...words], { timeout: 10_000 });
  return (stdout + stderr).trim();
}

describe.runIf(hasRedis)("a private redis-server", () => {
  test("keeps what its append-only file holds, killed or not", { timeout: LIMIT }, async () => {
    const server = await startRedis({ appendonly: "always" });
    const { pid } = server;
    expect(await ask(server.url, "set", "a", "1")).toBe("OK");
    await server.kill();
    expect(await isAlive(pid)).toBe(false);
    await server.restart();
    expect(await ask(server.url, "get", "a")).toBe("1");
    await server.close();
  });

  test("listens on a port, asks for a password and evicts, if told so", { timeout: LIMIT }, async () => {
    const server = await startRedis({ onPort: true, password: "secret", policy: "allkeys-lru" });
    expect(await ask(server.url, "ping")).toMatch(/NOAUTH/);
    const withPassword = server.url.replace("//", "//default:secret@");
    expect(await ask(withPassword, "config", "get", "maxmemory-policy")).toContain("allkeys-lru");
    await server.close();
  });
});
