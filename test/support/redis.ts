/** Redis-servers of a test file's own. */
import { hasRedisServer, RedisServer, type RedisServerOptions } from "../../dist/cli/cluster/redis-server.js";

/** For `describe.runIf`: where there is none, the file says so, and its tests are counted as skipped. */
export const hasRedis = hasRedisServer();
if (!hasRedis) console.log("skipped: no redis-server");

const started = new Set<RedisServer>();

/** Starts one. `closeRedis` ends it, or else the end of this process. */
export async function startRedis(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  started.add(server);
  return server;
}

/** Ends all that were started: what a `beforeAll` returns, since files share this module. */
export async function closeRedis(): Promise<void> {
  await Promise.all([...started].map((server) => server.close()));
  started.clear();
}
