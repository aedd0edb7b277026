/** A queue by time: the earliest comes first. */

export interface Timed {
  readonly at: number;
}

/** A binary heap; both operations cost the logarithm of its size. */
export class TimeQueue<T extends Timed> {
  readonly #items: T[] = [];

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (!above || above.at <= item.at) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = items[left + 1];
      const child = right && right.at < (items[left]?.at ?? 0) ? left + 1 : left;
      const below = items[child];
      if (!below || below.at >= item.at) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }
}
