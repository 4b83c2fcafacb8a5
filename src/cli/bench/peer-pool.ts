/** The peers that are here: each is started once, for all works that it can do. */
import type { Peer, PeerSource } from "./work.js";

export class PeerPool implements AsyncDisposable {
  /** Those that are not, and why. */
  readonly missing: { readonly name: string; readonly why: string }[] = [];
  readonly #started = new Map<PeerSource, Peer | undefined>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The running ones of these, which have done this work once: a peer may well start and then fail. */
  async thatCan(request: string, sources: readonly PeerSource[]): Promise<readonly [name: string, peer: Peer][]> {
    const able: [string, Peer][] = [];
    for (const source of sources) {
      const { name } = source;
      try {
        if (!this.#started.has(source)) this.#started.set(source, await this.#start(source));
        const peer = this.#started.get(source);
        await peer?.ask(request);
        if (peer) able.push([name, peer]);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!this.missing.some((known) => known.name === name)) this.missing.push({ name, why: whyOf(error) });
        const failed = this.#started.get(source);
        this.#started.set(source, undefined);
        await failed?.[Symbol.asyncDispose]();
      }
    }
    return able;
  }

  async #start(source: PeerSource): Promise<Peer> {
    this.#signal.throwIfAborted();
    return source.start(this.#signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#started.values()].map((peer) => peer?.[Symbol.asyncDispose]()));
  }
}

/** The reason in one line. */
function whyOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\s*\n\s*/g, " ");
}
