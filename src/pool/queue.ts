/** First in, first out, where any item may be taken out: O(1) also with 100,000 waiting (70 us each with an array). */
export class Queue<T extends object> {
  readonly #items = new Set<T>();
  /** Items that are to come before the others: some few. */
  #first = new Set<T>();
  /** Kept from one shift to the next: a new iterator would walk over all that has been deleted before. */
  #cursor = this.#items.values();
  /** What the cursor has come to, and is still there. */
  #head: T | undefined;

  get size(): number {
    return this.#first.size + this.#items.size;
  }

  push(item: T): void {
    this.#items.add(item);
  }

  /** Puts items back, before all others. */
  unshift(items: readonly T[]): void {
    this.#first = new Set([...items, ...this.#first]);
  }

  shift(): T | undefined {
    const next = this.peek();
    if (next) this.remove(next);
    return next;
  }

  /** The next item, which stays. */
  peek(): T | undefined {
    const [first] = this.#first;
    if (first || this.#items.size === 0) return first;
    this.#head ??= this.#advance();
    return this.#head;
  }

  #advance(): T | undefined {
    const next = this.#cursor.next();
    if (!next.done) return next.value;
    // An iterator that has once come to the end does not go on.
    this.#cursor = this.#items.values();
    return this.#cursor.next().value;
  }

  /** @returns whether it was there */
  remove(item: T): boolean {
    if (item === this.#head) this.#head = undefined;
    return this.#first.delete(item) || this.#items.delete(item);
  }

  clear(): void {
    this.#first.clear();
    this.#head = undefined;
    this.#items.clear();
  }
}
