/** Durations as operators write them; the unit is compulsory. */
import { type Millis, ms } from "../base/units.ts";

const FACTOR: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The same expression goes into the JSON Schema, so that editors check it too. */
export const DURATION_PATTERN = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)$/;

/** `250ms`, `1.5s`, `5m`; undefined where the text is no duration. */
export function parseDuration(text: string): Millis | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const exact = Number(amount) * (FACTOR[unit] ?? Number.NaN);
  // Microseconds are kept: 1.1 s is 1100 ms, not 1100.0000000000002.
  return ms(Math.round(exact * 1000) / 1000);
}
