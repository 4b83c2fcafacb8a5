/** The executors of the studies, made once and ready. */
import { SerialExecutor, ThreadExecutor } from "allcores";

export const serial = new SerialExecutor();
export const threads = new ThreadExecutor();

await threads.ready();
