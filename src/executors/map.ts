/**
 * `map`: calls ahead of the consumer, results in the items' order. Whatever comes first is served, an item of the source
 * (while the window has room) or the oldest result, so a slow source holds no result back, and an abort ends the wait.
 */
import { onAbort } from "../abort.js";
import type { Future } from "../job/future.js";
import { isAsyncIterable, isThenable } from "../validate.js";

/** The source has no more items, or has thrown. */
interface End {
  readonly failure: { readonly error: unknown } | undefined;
}

type Next = IteratorResult<unknown> | Promise<IteratorResult<unknown>>;

/** @param window calls in flight at most */
export async function* mapInOrder<T>(
  call: (item: unknown) => Future<T>,
  iterable: Iterable<unknown> | AsyncIterable<unknown>,
  window: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, void> {
  const source = isAsyncIterable(iterable) ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
  const inFlight: Future<T>[] = [];
  let asked = false;
  /** What the source answered, and has not been taken yet. */
  let answer: { readonly item: unknown } | End | undefined;
  let end: End | undefined;
  let wake = () => {};

  const awaitAnswer = async (next: Next) => {
    asked = true;
    try {
      const { done, value } = await next;
      answer = done ? { failure: undefined } : { item: await value };
    } catch (error) {
      answer = { failure: { error } };
    }
    asked = false;
    wake();
  };

  /** A list answers at once, without two promises an item. */
  const ask = () => {
    try {
      const next: Next = source.next();
      if (isThenable(next)) return void awaitAnswer(next);
      const { done, value } = next;
      if (isThenable(value)) void awaitAnswer({ done: done ?? false, value });
      else answer = done ? { failure: undefined } : { item: value };
    } catch (error) {
      answer = { failure: { error } };
    }
  };

  const settled = () => wake();
  const start = (item: unknown) => {
    const future = call(item);
    future.then(settled, settled);
    inFlight.push(future);
  };

  const withdraw = signal && onAbort(signal, () => wake());
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (answer && "item" in answer) start(answer.item);
      else if (answer) end = answer;
      answer = undefined;
      if (!end && !asked && inFlight.length < window) {
        ask();
        if (answer) continue;
      }
      const [oldest] = inFlight;
      if (oldest && isSettled(oldest)) {
        inFlight.shift();
        yield await oldest;
      } else if (end && !oldest) {
        if (end.failure) throw end.failure.error;
        return;
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (answer || signal?.aborted) resolve();
        });
    }
  } finally {
    withdraw?.();
    for (const future of inFlight) future.cancel();
    await Promise.allSettled(inFlight);
    if (!end) {
      // A source that is asked and does not answer would not answer this either.
      const closed = Promise.resolve(source.return?.()).catch(() => {});
      if (!asked) await closed;
    }
  }
}

function isSettled({ state }: Future<unknown>): boolean {
  return state !== "pending" && state !== "running";
}
