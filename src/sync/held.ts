import type { AsyncWaitOptions } from "./async-line.js";

/** What `hold` takes and releases. */
interface Holdable {
  acquire(): boolean;
  acquireAsync(options: AsyncWaitOptions): Promise<boolean>;
  release(): void;
}

/** What the scoped forms return: it releases once, at the end of its scope or before. */
export class Held implements Disposable {
  #release: (() => void) | undefined;

  /** @internal */
  constructor(release: () => void) {
    this.#release = release;
  }

  /** Releases what is held, if that has not been done. */
  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Blocks until `what` is held. */
export function hold(what: Holdable): Held {
  what.acquire();
  return new Held(() => what.release());
}

/** The same without blocking. */
export async function holdAsync(what: Holdable, { signal }: Pick<AsyncWaitOptions, "signal">): Promise<Held> {
  await what.acquireAsync({ signal });
  return new Held(() => what.release());
}
