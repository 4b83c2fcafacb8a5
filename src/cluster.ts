/** `allcores/cluster`: the same jobs past one machine, on BullMQ over Redis. Needs the packages bullmq and ioredis. */

export { ClusterExecutor, type ClusterOptions } from "./cluster/executor.js";
export type { ChunkName } from "./cluster/keys.js";
export type { ClusterConnection } from "./cluster/options.js";
export type { ClusterMember, ClusterRun, ClusterStatus } from "./cluster/status.js";
export type { ClusterStore } from "./cluster/store.js";
export { ClusterWorker, type ClusterWorkerOptions } from "./cluster/worker/cluster-worker.js";
export type { ClusterEvent } from "./cluster/worker/events.js";
