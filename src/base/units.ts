/** Branded units, so that a duration is never taken for a point in time. */

declare const unit: unique symbol;

/** A duration in milliseconds; fractions are allowed. */
export type Millis = number & { readonly [unit]: "Millis" };

/** A point on the monotonic clock, in milliseconds since an arbitrary start (CLOCK_MONOTONIC). */
export type Instant = number & { readonly [unit]: "Instant" };

export const ms = (value: number): Millis => value as Millis;
export const seconds = (value: number): Millis => (value * 1000) as Millis;
export const minutes = (value: number): Millis => (value * 60_000) as Millis;
export const hours = (value: number): Millis => minutes(value * 60);
export const days = (value: number): Millis => hours(value * 24);
export const instant = (value: number): Instant => value as Instant;

export const times = (duration: Millis, factor: number): Millis => (duration * factor) as Millis;
export const after = (at: Instant, duration: Millis): Instant => (at + duration) as Instant;
export const before = (at: Instant, duration: Millis): Instant => (at - duration) as Instant;

/** How long ago `earlier` was at `now`. */
export const elapsed = (earlier: Instant, now: Instant): Millis => (now - earlier) as Millis;

export const earliest = (...all: readonly (Instant | undefined)[]): Instant | undefined => {
  let best: Instant | undefined;
  for (const at of all) if (at !== undefined && (best === undefined || at < best)) best = at;
  return best;
};

/** `1500` → `1.5s`; the shortest exact form that `parseDuration` of `config` reads back. */
export function formatDuration(duration: number): string {
  if (duration === 0) return "0s";
  if (duration % 3_600_000 === 0) return `${duration / 3_600_000}h`;
  if (duration % 60_000 === 0) return `${duration / 60_000}m`;
  if (Math.abs(duration) >= 1000) return `${Math.round(duration) / 1000}s`;
  return `${Math.round(duration * 10) / 10}ms`;
}
