/** Virtual time: callbacks in order of their time, then of their making. */
import { type Instant, instant } from "../../src/base/units.ts";

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Callbacks of one instant; more is a deadline that nobody meets. */
const BUSY_LIMIT = 10_000;

export class Clock {
  #now = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  get now(): Instant {
    return instant(this.#now);
  }

  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.#now), order: this.#order++, run });
  }

  in(delay: number, run: () => void): void {
    this.at(this.#now + delay, run);
  }

  runUntil(end: number): void {
    let busy = 0;
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      busy = next.at > this.#now ? 0 : busy + 1;
      if (busy > BUSY_LIMIT) throw new Error(`time stands still at ${next.at}`);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (!above || before(above, entry)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (!left) break;
      if (right && before(right, left)) child++;
      const smaller = heap[child];
      if (!smaller || before(last, smaller)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
  }
}

const before = (a: Entry, b: Entry): boolean => (a.at !== b.at ? a.at < b.at : a.order < b.order);
