/** Every error class of the package. A wrong type is a plain TypeError, a wrong value a plain RangeError. */

/** The base of the errors of this package: `code` is stable, messages may be reworded. */
export class AllcoresError extends Error {
  readonly code: string;
  /** Further errors of the same job: an executor rejects with the first cause and keeps the others here. */
  declare readonly suppressed: readonly Error[];

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static {
    // On the prototype, so that an error that has none does not print an empty list.
    Object.assign(AllcoresError.prototype, { name: "AllcoresError", suppressed: Object.freeze([]) });
  }
}

/** Said in full: declarations made from the class below repeat all that @types/node adds to Error, for each class. */
export type ErrorClass = new (message: string, options?: ErrorOptions) => AllcoresError;

function define(name: string, code: string): ErrorClass {
  const Defined = class extends AllcoresError {
    constructor(message: string, options?: ErrorOptions) {
      super(code, message, options);
    }
  };
  Object.defineProperty(Defined, "name", { value: name });
  Defined.prototype.name = name;
  return Defined;
}

/** A kernel threw, trapped, could not be loaded, or returned what can't be sent back. `cause` is what it threw. */
export class KernelError extends define("KernelError", "ERR_KERNEL") {}
/** A worker ended while it had work: it exited, was killed, or ran out of memory. */
export class WorkerCrashedError extends define("WorkerCrashedError", "ERR_WORKER_CRASHED") {}
/** A pool whose workers could not be initialized: it takes no calls any more. `cause` is what the initializer threw, or what ended its worker. */
export class BrokenPoolError extends define("BrokenPoolError", "ERR_BROKEN_POOL") {}
/** The source or the call of an interpreter failed. `cause` is what it threw; the interpreter goes on. */
export class ExecutionFailedError extends define("ExecutionFailedError", "ERR_EXECUTION_FAILED") {}
/** The cluster's Redis refuses, can't be reached when it is first needed, or fails for good. */
export class ClusterError extends define("ClusterError", "ERR_CLUSTER") {}
/** The shared heap is exhausted, or could not be made. */
export class MemoryError extends define("MemoryError", "ERR_MEMORY") {}
/** The request makes sense, but not here: on this executor, in this thread, or with this platform. */
export class UnsupportedError extends define("UnsupportedError", "ERR_UNSUPPORTED") {}
/** A kernel module is not valid, or breaks the rules of shared memory. */
export class CompileError extends define("CompileError", "ERR_COMPILE") {}
/** The executor or queue has been shut down. */
export class ShutdownError extends define("ShutdownError", "ERR_SHUTDOWN") {}
/**
 * A thread ended while it held the lock: what the lock guards may be half done. `recover()` takes the lock over. Or the
 * interpreter that put an item has been closed, where its queue is to say so.
 */
export class OwnerDiedError extends define("OwnerDiedError", "ERR_OWNER_DIED") {}
/** The lock is not held, or not by this thread, and the call needs that (Python's RuntimeError). */
export class NotHeldError extends define("NotHeldError", "ERR_NOT_HELD") {}
/** The barrier was broken while this thread waited at it, or before it came: by a time-out, an abort or a reset. */
export class BrokenBarrierError extends define("BrokenBarrierError", "ERR_BROKEN_BARRIER") {}
/** The queue had no item in the time given. */
export class QueueEmptyError extends define("QueueEmptyError", "ERR_QUEUE_EMPTY") {}
/** The queue had no room in the time given. */
export class QueueFullError extends define("QueueFullError", "ERR_QUEUE_FULL") {}
