/** Counts what recurs, and lets one line of each kind into the log in a while. */
import { elapsed, type Instant, seconds } from "../base/units.ts";

const QUIET = seconds(10);
const MAX_KINDS = 200;

export interface Limiter {
  /** Counts; the number of suppressed ones since the last line where one is due now. */
  count(kind: string, now: Instant): number | undefined;
  totals(): Readonly<Record<string, number>>;
}

export function createLimiter(): Limiter {
  const kinds = new Map<string, { total: number; quiet: number; loggedAt: Instant | undefined }>();
  return {
    count: (kind, now) => {
      const name = kinds.has(kind) || kinds.size < MAX_KINDS ? kind : "other";
      const entry = kinds.get(name) ?? { total: 0, quiet: 0, loggedAt: undefined };
      kinds.set(name, entry);
      entry.total++;
      if (entry.loggedAt !== undefined && elapsed(entry.loggedAt, now) < QUIET) {
        entry.quiet++;
        return undefined;
      }
      const suppressed = entry.quiet;
      entry.quiet = 0;
      entry.loggedAt = now;
      return suppressed;
    },
    totals: () => Object.fromEntries([...kinds].map(([kind, { total }]) => [kind, total])),
  };
}
