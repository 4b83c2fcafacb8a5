/** The peers on this machine: each is started once for all works, and dismissed when it fails. */
import { setMaxListeners } from "node:events";
import type { Peer, PeerSource } from "allcores/bench";

/** The failure of a peer in the middle of a comparison. */
export class PeerFailure extends Error {
  constructor(
    readonly peer: string,
    override readonly cause: unknown,
  ) {
    super(`${peer}: ${lineOf(cause)}`);
  }
}

export class PeerPool implements AsyncDisposable {
  /** Peers that are not here or were dismissed, and why. */
  readonly missing: { readonly name: string; readonly why: string }[] = [];
  readonly #started = new Map<PeerSource, Peer | undefined>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    // Each of over ten peers listens until it ends: Node would warn of a leak.
    setMaxListeners(0, signal);
  }

  /** The peers that have done the work once, of those given: a peer may start and yet fail at the work. */
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

  /** Ends a peer, which gets no further requests. */
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
