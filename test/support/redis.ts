/** A redis-server of a test file's own. */
import { afterAll } from "vitest";
import { hasRedisServer, RedisServer, type RedisServerOptions } from "../../dist/cli/cluster/redis-server.js";

/** For `describe.runIf`: where there is none, the file says so, and its tests are counted as skipped. */
export const hasRedis = hasRedisServer();
if (!hasRedis) console.log("skipped: no redis-server");

/** Starts one that ends with the file, if no test closes it before. Called in `beforeAll` or in a test. */
export async function startRedis(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  started.push(server);
  return server;
}

const started: RedisServer[] = [];
afterAll(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});
