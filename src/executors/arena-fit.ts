/**
 * How many items of a range the next slice may have, so that what they allocate fits the arena: sized by what the slices
 * before have used, as the slicer sizes them by their time. A slice can't be run again when the arena is full, since it
 * may have written into arrays: so it grows from one item on, and only to where items of four times as much would fit.
 *
 *   used by a slice = what a call takes, whatever its items (a table before the loop) + items x what each takes
 */
import type { ArenaUse } from "../memory/instances.js";

/** How many times as much as those before the items of a slice may take: they differ, and texts that grow are squares. */
const MARGIN = 4;

export class ArenaFit {
  /** Bytes that the most frugal slice used: what a call takes, and one item at most. */
  #least = Infinity;
  /** Bytes an item; undefined before there were two sizes to compare. */
  #perItem: number | undefined;

  /** Whether items take any of the arena, as far as is known. */
  get counts(): boolean {
    return this.#least < Infinity && this.#perItem !== 0;
  }

  /** @returns the most items that a slice may have after this one, at least 1 */
  after(items: number, { used, scratch, room }: ArenaUse): number {
    this.#least = Math.min(this.#least, used);
    if (items > 1) this.#perItem = (used - this.#least) / (items - 1);
    else if (this.#perItem === undefined) return 2 * used - scratch <= room ? 2 : 1;
    else this.#perItem = Math.min(used, Math.max(this.#perItem, used - this.#least));
    if (this.#perItem === 0) return Infinity;
    return Math.max(1, 1 + Math.floor((room - this.#least) / (MARGIN * this.#perItem)));
  }
}
