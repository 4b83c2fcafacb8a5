/**
 * What a cluster costs, on one machine: its first result, its overhead, its efficiency, what each fault costs, and memory.
 * Needs redis-server. Workers are processes of one thread each. In about 4 minutes; `--quick` in under one.
 */
import { hasRedisServer } from "../../dist/cli/cluster/redis-server.js";
import { firstResults, growth, memoryOfWaiting } from "./cluster/costs.js";
import { efficiency } from "./cluster/efficiency.js";
import { cancelled, killedServer, killedWorker, resumed } from "./cluster/recovery.js";

export default async function cluster({ isQuick }: { isQuick: boolean }): Promise<void> {
  if (!hasRedisServer()) return console.log("\nskipped: no redis-server");
  await firstResults(isQuick ? 3 : 9);
  await growth(isQuick ? [1e3, 1e4] : [1e3, 1e4, 1e5]);
  await memoryOfWaiting();
  await efficiency(isQuick ? { samples: 1e10, side: 4096, rounds: 2 } : { samples: 1e11, side: 16_384, rounds: 2 });
  console.log("\nfaults, from the fault until what it stopped goes on");
  await killedWorker("5s", "2.5s");
  if (!isQuick) await killedWorker("15s", "5s");
  await killedServer(0, false);
  await killedServer(0, true);
  await killedServer(isQuick ? 2000 : 8000, false);
  await resumed();
  await cancelled();
}
