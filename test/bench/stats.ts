/** Order statistics of small samples, and how they are printed. */

export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which the share `q` of the samples lies, interpolated. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const summarise = (samples: readonly number[]): Summary => ({
  n: samples.length,
  median: median(samples),
  min: Math.min(...samples),
  max: Math.max(...samples),
});

/** Three digits are all that such a measurement knows. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `median [min..max]` */
export function spread(samples: readonly number[]): string {
  if (samples.length === 0) return "–";
  const { median: middle, min, max } = summarise(samples);
  return `${digits(middle)} [${digits(min)}..${digits(max)}]`;
}

/** Of two medians. */
export const ratio = (ours: readonly number[], theirs: readonly number[]): string =>
  ours.length === 0 || theirs.length === 0 ? "–" : digits(median(ours) / median(theirs));
