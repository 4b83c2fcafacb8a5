/** The executors of the studies, made once and ready. */
import { AsyncExecutor, type Executor, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";

export const serial = new SerialExecutor();
export const threads = new ThreadExecutor();
export const others: readonly Executor[] = [new ProcessExecutor(), new AsyncExecutor()];

await Promise.all([threads, ...others].map((executor) => executor.ready()));
