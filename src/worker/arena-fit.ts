/**
 * How many items the next slice may have, so that what they allocate fits the arena: judged by what the previous slices have
 * used, as the slicer judges by their time. A slice can't run again when the arena is full, since it may have written into
 * arrays.
 *
 *   used by a slice = what a call takes, whatever its items (a table before the loop) + items x what each takes
 *
 * A slice of one item does not show which part is which: so the first slices have one item, then one has two, if there is
 * room for more.
 */
import type { ArenaUse } from "../memory/instances.js";

/** The items of a slice may take so many times as much as the previous ones: items differ, and growing texts take squares. */
const MARGIN = 4;
/** The least bytes to assume for an item, since items that allocate may come after items that do not. */
const LITTLE = 640;
/** How many slices of one item come before one of two. */
const SINGLES = 8;
/** The arena must have room for so many times the greatest use of a single item, before a slice has two. */
const TWO = 3;
/** The weight that the figures of previous slices keep at each slice. */
const MEMORY = 0.99;

export class ArenaFit {
  /** The least bytes that a slice has used: what a call takes, and at most one item. */
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
