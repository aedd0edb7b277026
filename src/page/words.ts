/** Durations, amounts and times, as people read them. */

/** `3h 12m`, `45 s`, `0.8 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** `1,234`, `12.3 k`, `4.5 M`. */
export function amount(value: number): string {
  if (value < 10_000) return Math.round(value).toLocaleString("en");
  for (const [unit, size] of [
    ["k", 1e3],
    ["M", 1e6],
  ] as const) {
    if (value < size * 1000) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${(value / 1e9).toFixed(1)} G`;
}

export const plural = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? "" : "s"}`;

/** Today's time; with the day where it is another one's. */
export function clock(at: Date, now: Date): string {
  const time = at.toLocaleTimeString("en-GB");
  return at.toDateString() === now.toDateString() ? time : `${day(at)} ${time}`;
}

const day = (at: Date): string =>
  at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
