/** What a job fails with, from a worker to its caller: the same error as from every other executor. */
import {
  AllcoresError,
  ClusterError,
  CompileError,
  type ErrorClass,
  KernelError,
  MemoryError,
  UnsupportedError,
  WorkerCrashedError,
} from "../errors.js";
import { packThrown, unpackThrown } from "./values.js";

const CLASSES: readonly ErrorClass[] = [
  ClusterError,
  CompileError,
  KernelError,
  MemoryError,
  UnsupportedError,
  WorkerCrashedError,
];

/** An error of a job, as plain data. */
export interface PackedFailure {
  readonly thrown: ReturnType<typeof packThrown>;
  /** The class of this package, by its name. */
  readonly type: string | undefined;
  readonly further: readonly PackedFailure[];
}

export function packFailure(error: Error): PackedFailure {
  const isOurs = error instanceof AllcoresError;
  return {
    thrown: packThrown(error),
    type: isOurs ? error.name : undefined,
    further: isOurs ? error.suppressed.map(packFailure) : [],
  };
}

export function unpackFailure({ thrown, type, further }: PackedFailure): Error {
  const error = unpackThrown(thrown) as Error;
  const Failed = CLASSES.find(({ name }) => name === type);
  if (!Failed) return error;
  const rebuilt = new Failed(error.message, "cause" in error ? { cause: error.cause } : undefined);
  if (further.length > 0) Object.assign(rebuilt, { suppressed: further.map(unpackFailure) });
  return rebuilt;
}
