/** The executors that the benches compare, made once and ready. */
import { AsyncExecutor, type Executor, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";

export const serial = new SerialExecutor();
export const threads = new ThreadExecutor();
export const others: readonly Executor[] = [new ProcessExecutor(), new AsyncExecutor()];

await Promise.all([threads, ...others].map((executor) => executor.ready()));

/** A case for each executor, plain JS first. */
export function onEach(
  js: (executor: Executor) => unknown,
  wasm: (executor: Executor) => unknown,
): Record<string, () => unknown> {
  const cases: Record<string, () => unknown> = {
    "JS serial": () => js(serial),
    "Wasm serial": () => wasm(serial),
  };
  for (const executor of [threads, ...others])
    cases[`Wasm ${executor.kind} (${executor.concurrency})`] = () => wasm(executor);
  return cases;
}
