/**
 * How many items of a range the next slice may have, so that what they allocate fits the arena: sized by what the slices
 * before have used, as the slicer sizes them by their time. A slice can't be run again when the arena is full, since it
 * may have written into arrays.
 *
 *   used by a slice = what a call takes, whatever its items (a table before the loop) + items x what each takes
 *
 * One item does not show which of both it was: so the first slices have one, then one has two, if there is room for more.
 */
import type { ArenaUse } from "../memory/instances.js";

/** How many times as much as those before the items of a slice may take: they differ, and texts that grow are squares. */
const MARGIN = 4;
/** Items are taken to need so many bytes at least, since some that allocate may come after others that do not. */
const LITTLE = 640;
/** How many slices of one item come before one of two. */
const SINGLES = 8;
/** How often what the greatest of them used must fit the arena for that one. */
const TWO = 3;
/** What a slice leaves of the figures of the ones before it, which may come again. */
const MEMORY = 0.99;

export class ArenaFit {
  /** Bytes that the most frugal slice used: what a call takes, and one item at most. */
  #least = Infinity;
  /** Bytes that the greatest of the first slices, of one item, used. */
  #most = 0;
  #singles = 0;
  /** Bytes an item; undefined before there were two sizes to compare. */
  #perItem: number | undefined;

  /** Whether items take any of the arena, as far as is known. */
  get counts(): boolean {
    return this.#least < Infinity && this.#perItem !== 0;
  }

  /** @returns the most items that a slice may have after this one, at least 1 */
  after(items: number, { used, room }: ArenaUse): number {
    this.#least = Math.min(this.#least, used);
    if (items === 1 && this.#perItem === undefined) {
      this.#most = Math.max(used, MEMORY * this.#most);
      return ++this.#singles >= SINGLES && TWO * this.#most <= room ? 2 : 1;
    }
    const perItem = items > 1 ? (used - this.#least) / (items - 1) : used - this.#perCall;
    this.#perItem = Math.max(perItem, MEMORY * (this.#perItem ?? 0));
    return Math.max(1, Math.floor((room - this.#perCall) / (MARGIN * Math.max(LITTLE, this.#perItem))));
  }

  /** Bytes that a call takes, whatever its items. */
  get #perCall(): number {
    return Math.max(0, this.#least - (this.#perItem ?? 0));
  }
}
