/** A ClusterExecutor, and a redis-server and a worker, which the tests of a process share. */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ClusterExecutor } from "allcores/cluster";
import { inject } from "vitest";
import { KERNELS } from "./kernels.js";

const SITE = fileURLToPath(new URL("../fixtures/cluster-site.mjs", import.meta.url));

/** URLs of the servers, by the threads of their workers. */
const sites = new Map<number, string>();

/** @param workers threads of the cluster's one worker */
export function clusterOf({ workers }: { readonly workers: number }): ClusterExecutor {
  const connection = sites.get(workers) ?? startSite(workers);
  sites.set(workers, connection);
  return new ClusterExecutor({ connection, attempts: 1 });
}

/** The site ends when this process does: the executor that is connected first waits until the server is there. */
function startSite(workers: number): string {
  const folder = mkdtempSync(join(tmpdir(), "allcores-test-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, "redis.sock");
  const site = fork(SITE, [socket, String(workers), KERNELS.href, inject("shared"), inject("pure")]);
  site.unref();
  site.channel?.unref();
  return `unix:${socket}`;
}
