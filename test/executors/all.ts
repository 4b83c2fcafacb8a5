/** The table of executors: a new one adds its row, and the contract runs over it. */
import {
  AsyncExecutor,
  type Executor,
  type ExecutorKind,
  ProcessExecutor,
  SerialExecutor,
  ThreadExecutor,
} from "allcores";
import { InterpreterExecutor } from "allcores/interpreters";
import { afterAll, beforeAll } from "vitest";
import { clusterOf } from "../support/own-cluster.js";
import { hasRedis } from "../support/redis.js";

interface Workers {
  readonly workers: number;
}

export interface ExecutorRow {
  readonly kind: ExecutorKind;
  make(options: Workers): Executor;
  /** Where kernels run: what a kernel that exits or never returns takes along. */
  readonly workers: "none" | "threads" | "processes";
  /** Kernels see the caller's memory. */
  readonly shares: boolean;
}

export const everyExecutor: readonly ExecutorRow[] = [
  { kind: "serial", make: () => new SerialExecutor(), workers: "none", shares: true },
  { kind: "threads", make: (options) => new ThreadExecutor(options), workers: "threads", shares: true },
  { kind: "processes", make: (options) => new ProcessExecutor(options), workers: "processes", shares: false },
  { kind: "async", make: (options) => new AsyncExecutor(options), workers: "threads", shares: true },
  { kind: "interpreters", make: (options) => new InterpreterExecutor(options), workers: "threads", shares: true },
  ...(hasRedis
    ? [
        {
          kind: "cluster",
          make: (options: Workers) => clusterOf(options),
          workers: "processes",
          shares: false,
        } as const,
      ]
    : []),
] satisfies readonly ExecutorRow[];

/**
 * One of each way to workers: an InterpreterExecutor has that of an AsyncExecutor. The suites of faults run over these; those
 * of a cluster are others (test/cluster).
 */
export const executors = everyExecutor.filter(({ kind }) => kind !== "interpreters" && kind !== "cluster");

/** Those whose kernels may die without this process. */
export const withWorkers = executors.filter(({ workers }) => workers !== "none");

/**
 * Executors of this process, by kind and number of workers. Files that run in one process share them: a thread takes 0.15 s
 * and a process 0.25 s of processor time to start.
 */
const inProcess = globalThis as { sharedExecutors?: Map<string, Executor> };
inProcess.sharedExecutors ??= new Map();
const sharedExecutors = inProcess.sharedExecutors;

/** One executor, up, for all tests that ask for its kind and number of workers: none shuts it down. It ends with its process. */
export function shared({ kind, make }: ExecutorRow, workers = 2): { readonly it: Executor } {
  const name = `${kind} x ${workers}`;
  const executor = () => {
    const made = sharedExecutors.get(name) ?? make({ workers });
    sharedExecutors.set(name, made);
    return made;
  };
  beforeAll(() => executor().ready());
  return {
    get it() {
      return executor();
    },
  };
}

/** One executor, up, for all tests of a suite, which may be made in any way. */
export function opened(make: () => Executor): { readonly it: Executor } {
  let executor: Executor | undefined;
  beforeAll(async () => {
    executor = make();
    await executor.ready();
  });
  afterAll(() => executor?.shutdown({ cancel: true }));
  return {
    get it() {
      if (!executor) throw new Error("the executor is there only while tests run");
      return executor;
    },
  };
}
