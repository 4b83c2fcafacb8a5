/** How many workers: as many as cores that this process may really use. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { optionsObject, show, wholeNumber } from "../validate.js";

/** Options of executors with workers. */
export interface WorkerOptions {
  /** Threads or processes (default: ALLCORES_WORKERS, else the cores that this process may use). */
  readonly workers?: number | undefined;
}

const MAX_WORKERS = 1024;

/** The number of workers that the options ask for. */
export function workerCount(options: WorkerOptions): number {
  optionsObject("options", options);
  if (options.workers !== undefined) return wholeNumber("workers", options.workers, 1, MAX_WORKERS);
  const setting = process.env.ALLCORES_WORKERS;
  if (!setting) return allowedCores();
  const workers = Number(setting);
  // Shown as it was written: "nonsense", not NaN.
  if (Number.isNaN(workers))
    throw new RangeError(`ALLCORES_WORKERS must be a whole number from 1 to ${MAX_WORKERS}, got ${show(setting)}`);
  return wholeNumber("ALLCORES_WORKERS", workers, 1, MAX_WORKERS);
}

/** The cores of this machine as this process sees them: all, those it may use, and a container's quota if there is one. */
export function machine(): { readonly cores: number; readonly allowed: number; readonly quota: number | undefined } {
  return { cores: cpus().length, allowed: allowedCores(), quota: cpuQuota() };
}

/** Cores that this process may use: the affinity mask, and a container's quota, which Node 20 does not see. */
export function allowedCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cpuQuota() ?? Infinity)));
}

/** The cgroup's CPU quota in cores (v2 or v1), or undefined where there is none. */
function cpuQuota(): number | undefined {
  const [quota, period] = (read("/sys/fs/cgroup/cpu.max") ?? "").split(" ");
  const cores = Number(quota) / Number(period);
  if (cores > 0) return cores;
  const folder = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"].find((path) => read(`${path}/cpu.cfs_quota_us`));
  const coresV1 = Number(read(`${folder}/cpu.cfs_quota_us`)) / Number(read(`${folder}/cpu.cfs_period_us`));
  return coresV1 > 0 ? coresV1 : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
