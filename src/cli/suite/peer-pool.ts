/** The peers that are here: each is started once, for all works that it can do, and dismissed when it fails. */
import { setMaxListeners } from "node:events";
import type { Peer, PeerSource } from "allcores/bench";

/** A peer has failed, in the middle of its work. */
export class PeerFailure extends Error {
  constructor(
    readonly peer: string,
    override readonly cause: unknown,
  ) {
    super(`${peer}: ${lineOf(cause)}`);
  }
}

export class PeerPool implements AsyncDisposable {
  /** Those that are not here, and why. */
  readonly missing: { readonly name: string; readonly why: string }[] = [];
  readonly #started = new Map<PeerSource, Peer | undefined>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    // Each of over ten peers listens, until it ends: no leak.
    setMaxListeners(0, signal);
  }

  /** The running ones of these, which have done this work once: a peer may well start and then fail. */
  async thatCan(request: string, sources: readonly PeerSource[]): Promise<ReadonlyMap<PeerSource, Peer>> {
    const peers = await Promise.all(sources.map((source) => this.#ifAble(request, source)));
    this.#signal.throwIfAborted();
    const able = new Map<PeerSource, Peer>();
    sources.forEach((source, i) => {
      const peer = peers[i];
      if (peer) able.set(source, peer);
    });
    return able;
  }

  /** Ends a peer, which is not asked again. */
  async dismiss(source: PeerSource, why: unknown): Promise<void> {
    const { name } = source;
    const peer = this.#started.get(source);
    this.#started.set(source, undefined);
    if (!this.missing.some((known) => known.name === name)) this.missing.push({ name, why: lineOf(why) });
    await peer?.[Symbol.asyncDispose]();
  }

  async #ifAble(request: string, source: PeerSource): Promise<Peer | undefined> {
    try {
      const peer = this.#started.has(source) ? this.#started.get(source) : await source.start(this.#signal);
      this.#started.set(source, peer);
      await peer?.ask(request);
      return peer;
    } catch (error) {
      await this.dismiss(source, error);
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#started.values()].map((peer) => peer?.[Symbol.asyncDispose]()));
  }
}

/** The reason in one line. */
function lineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\s*\n\s*/g, " ");
}
