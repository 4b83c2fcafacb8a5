/** How what lasts is stopped and watched: the options that all calls have in common. */
import { optionalFunction, optionalSignal, optionsObject } from "./validate.js";

/** Items computed so far, and in all. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** How a call is stopped. */
export interface SubmitOptions {
  /** Aborted: the call is stopped, and its future rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a job is stopped and watched. */
export interface RunOptions extends SubmitOptions {
  /** Called at most every 100 ms while the job runs, and once when it is complete. If it throws, so does the job. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** The time between two progress calls, in ms. */
export const PROGRESS_MS = 100;

/** @throws TypeError naming the option */
export function checkRunOptions(options: RunOptions): void {
  optionsObject("options", options);
  optionalSignal("signal", options.signal);
  optionalFunction("onProgress", options.onProgress);
}
