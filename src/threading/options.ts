/** What a Thread is made with. */
import type { AnyFunction } from "../job/handles.js";

/** The name of a thread, and whether the process waits for it. */
export interface ThreadOptions {
  /** Default: "Thread-1", "Thread-2" and so on. */
  readonly name?: string | undefined;
  /** A daemon does not keep the process alive. Default: false. */
  readonly daemon?: boolean | undefined;
}

/** What a subclass with a `run` passes to `super`. */
export interface SubclassOptions<F extends AnyFunction = AnyFunction> extends ThreadOptions {
  /** What `run` is called with: structured-cloned at `start`; shared memory and heap arrays are shared. Default: nothing. */
  readonly args?: (AnyFunction extends F ? readonly unknown[] : Parameters<F>) | undefined;
}
