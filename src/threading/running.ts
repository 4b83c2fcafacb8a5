/** The threads that this thread has started, as `enumerate` shows them. */

/** What is known of any thread. */
export interface ThreadInfo {
  readonly name: string;
  readonly daemon: boolean;
  /** Unique in the process, never used again; undefined before `start`. */
  readonly ident: number | undefined;
  /** The id that the operating system knows the thread by; undefined before it runs, and off Linux. */
  readonly nativeId: number | undefined;
  isAlive(): boolean;
}

/** The threads that this thread has started and that have not ended. */
export const running = new Set<ThreadInfo>();
