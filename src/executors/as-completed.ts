/** Outcomes in the order in which they come. */
import { isIterable, isThenable, show } from "../validate.js";

/** The outcome of one future, as it came. */
export type Completion<T> =
  | { readonly index: number; readonly status: "fulfilled"; readonly value: T }
  | { readonly index: number; readonly status: "rejected"; readonly reason: unknown };

/** Yields the outcome of each future (or promise) as it settles, with its index. Listens from the call on. */
export function asCompleted<P extends PromiseLike<unknown>>(
  futures: Iterable<P>,
): AsyncGenerator<Completion<Awaited<P>>, void, void> {
  if (!isIterable(futures))
    throw new TypeError(`futures must be an iterable of futures or promises, got ${show(futures)}`);
  const all = [...futures];
  for (const [index, future] of all.entries())
    if (!isThenable(future))
      throw new TypeError(`futures[${index}] must be a future or a promise, got ${show(future)}`);

  const settled: Completion<Awaited<P>>[] = [];
  let wake = () => {};
  const add = (completion: Completion<Awaited<P>>) => {
    settled.push(completion);
    wake();
  };
  for (const [index, future] of all.entries())
    future.then(
      (value) => add({ index, status: "fulfilled", value: value as Awaited<P> }),
      (reason: unknown) => add({ index, status: "rejected", reason }),
    );

  async function* outcomes() {
    for (let waiting = all.length; waiting > 0; waiting--) {
      if (settled.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      yield settled.shift() as Completion<Awaited<P>>;
    }
  }
  return outcomes();
}
