/** The peers that are here: each is started once, for all works that it can do. */
import { setMaxListeners } from "node:events";
import type { Peer, PeerSource } from "./work.js";

export class PeerPool implements AsyncDisposable {
  /** Those that are not, and why. */
  readonly missing: { readonly name: string; readonly why: string }[] = [];
  readonly #started = new Map<PeerSource, Peer | undefined>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    // Each of over ten peers listens, until it ends: no leak.
    setMaxListeners(0, signal);
  }

  /** The running ones of these, which have done this work once: a peer may well start and then fail. */
  async thatCan(request: string, sources: readonly PeerSource[]): Promise<readonly [name: string, peer: Peer][]> {
    const all = await Promise.all(sources.map((source) => this.#ifAble(request, source)));
    this.#signal.throwIfAborted();
    return all.flatMap((peer, i) => (peer ? [[(sources[i] as PeerSource).name, peer] as [string, Peer]] : []));
  }

  async #ifAble(request: string, source: PeerSource): Promise<Peer | undefined> {
    const { name } = source;
    try {
      const peer = this.#started.has(source) ? this.#started.get(source) : await source.start(this.#signal);
      this.#started.set(source, peer);
      await peer?.ask(request);
      return peer;
    } catch (error) {
      const failed = this.#started.get(source);
      this.#started.set(source, undefined);
      if (!this.missing.some((known) => known.name === name)) this.missing.push({ name, why: whyOf(error) });
      await failed?.[Symbol.asyncDispose]();
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#started.values()].map((peer) => peer?.[Symbol.asyncDispose]()));
  }
}

/** The reason in one line. */
function whyOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\s*\n\s*/g, " ");
}
