/** A histogram that costs its writer an addition: an array of counters, and their sum. */

export interface Histogram {
  note(seconds: number): void;
  read(): HistogramReading;
}

export interface HistogramReading {
  /** Upper bounds, in seconds; what is above the last is in one more count. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  return {
    note: (seconds) => {
      let i = 0;
      while (i < bounds.length && seconds > (bounds[i] ?? 0)) i++;
      counts[i] = (counts[i] ?? 0) + 1;
      sum += seconds;
    },
    read: () => ({ bounds, counts: [...counts], sum }),
  };
}
