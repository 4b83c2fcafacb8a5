/** How many workers: as many as cores that this process may really use. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { optionsObject, show, wholeNumber } from "../validate.js";

/** Options of executors with workers. */
export interface WorkerOptions {
  /**
   * Threads or processes at most, 1 to 1,024 (default: ALLCORES_WORKERS, else the cores that this process may use): they
   * start when jobs need them, no more than a job has chunks. Beyond four a core there is a warning.
   */
  readonly workers?: number | undefined;
}

const MAX_WORKERS = 1024;
/** Workers a core beyond which there is a warning: each takes 25-40 ms of a core to start, and 8 MB or more. */
const MANY = 4;
let hasWarned = false;

/** The number of workers that the options ask for. */
export function workerCount(options: WorkerOptions): number {
  optionsObject("options", options);
  if (options.workers !== undefined) return reasonable(wholeNumber("workers", options.workers, 1, MAX_WORKERS));
  const setting = process.env.ALLCORES_WORKERS;
  if (!setting) return allowedCores();
  const workers = Number(setting);
  // Shown as it was written: "nonsense", not NaN.
  if (Number.isNaN(workers))
    throw new RangeError(`ALLCORES_WORKERS must be a whole number from 1 to ${MAX_WORKERS}, got ${show(setting)}`);
  return reasonable(wholeNumber("ALLCORES_WORKERS", workers, 1, MAX_WORKERS));
}

/** Warns once of more workers than can be of use. */
function reasonable(workers: number): number {
  const cores = allowedCores();
  if (workers > MANY * cores && !hasWarned) {
    hasWarned = true;
    const text = `${workers} workers for ${cores} cores: more than one a core compute no faster, and each takes memory`;
    process.emitWarning(text, "AllcoresWarning");
  }
  return workers;
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
