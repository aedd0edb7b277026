/** What is heard on a service interface: whether this host is cut off there (PROTOCOL.md §3). */
import { after, elapsed, type Instant, type Millis, ms, seconds, times } from "../../base/units.ts";

/** One look at an interface. */
export interface Look {
  /** Frames came in since the last look; undefined where none have to: no heartbeats go there. */
  readonly anything: boolean | undefined;
  /** More than the directors' own heartbeats. */
  readonly others: boolean;
  /** A witness answered since the last look; undefined where there is none. */
  readonly witness: boolean | undefined;
}

export interface Sight {
  /** Frames, or no reason to expect any. */
  readonly wellAt: Instant | undefined;
  readonly framesAt: Instant | undefined;
  readonly othersAt: Instant | undefined;
  readonly witnessAt: Instant | undefined;
  readonly lookedAt: Instant;
  /** Nothing is heard any more; it ends when that has been over for a while. */
  readonly blind: boolean;
  /** Since when what is heard has not stopped again; kept while blind. */
  readonly wellSince: Instant | undefined;
}

/** A witness counts if it answered within this: one that died with the master must not hold us. */
const WITNESS_MEMORY = seconds(30);
/** Nothing heard for so long is blind, whatever the interval. */
const MIN_BLIND = seconds(4);
const BLIND_INTERVALS = 4;
/** Who sees has heard something later than that: both may have lost it at the same moment. */
const MIN_SEEN = seconds(2);
const SEEN_INTERVALS = 2;
/** Hysteresis: an interface that comes and goes stays blind. */
const RECOVERY = seconds(10);
/** Two looks that miss it: a third of the time in which a master is given up. */
const MIN_FRESH = ms(150);

/** What is known beside the look itself. */
export interface Expectation {
  readonly interval: Millis;
  /** A peer lives, by whatever path: where its heartbeats come in there is something to hear. */
  readonly peerLives: boolean;
}

export function look(
  before: Sight | undefined,
  seen: Look,
  expected: Expectation,
  now: Instant,
): Sight {
  // While no peer lives silence proves nothing, and is not counted afterwards.
  const well = seen.anything === true || (seen.anything === false && !expected.peerLives);
  const witnessAt = seen.witness === true ? now : before?.witnessAt;
  const next: Sight = {
    wellAt: well ? now : before?.wellAt,
    framesAt: seen.anything === true ? now : before?.framesAt,
    othersAt: seen.others ? now : before?.othersAt,
    witnessAt,
    lookedAt: now,
    blind: before?.blind ?? false,
    wellSince: before?.wellSince,
  };
  const deaf = isDeaf(next, expected.interval, now);
  if (deaf) return { ...next, blind: true, wellSince: undefined };
  if (!next.blind) return next;
  const wellSince = next.wellSince ?? now;
  const over = after(wellSince, RECOVERY) <= now;
  return { ...next, blind: !over, wellSince: over ? undefined : wellSince };
}

/** What was heard once is heard no more: all frames, or a witness that answered a while ago. */
function isDeaf({ wellAt, witnessAt }: Sight, interval: Millis, now: Instant): boolean {
  const limit = Math.max(times(interval, BLIND_INTERVALS), MIN_BLIND);
  const silent = wellAt !== undefined && elapsed(wellAt, now) > limit;
  return silent || isWitnessLost(witnessAt, ms(limit), now);
}

const isWitnessLost = (at: Instant | undefined, limit: Millis, now: Instant): boolean =>
  at !== undefined && elapsed(at, now) > limit && elapsed(at, now) <= WITNESS_MEMORY + limit;

/** Nothing speaks for the network: no witness that counts answers, and nobody is heard there.
 *
 * Only where there is a witness that counts; then a takeover has to doubt this host first.
 */
export function isCutOff(sight: Sight | undefined, interval: Millis, now: Instant): boolean {
  if (sight?.witnessAt === undefined) return false;
  const { framesAt, witnessAt } = sight;
  const limit = Math.max(interval, MIN_FRESH);
  const counts = elapsed(witnessAt, now) <= WITNESS_MEMORY;
  const heard = framesAt !== undefined && elapsed(framesAt, now) <= limit;
  return counts && elapsed(witnessAt, now) > limit && !heard;
}

/** Whether this host is better off than one that hears nothing there. */
export function sees(sight: Sight | undefined, interval: Millis, now: Instant): boolean {
  if (!sight || sight.blind) return false;
  const at = sight.witnessAt ?? sight.othersAt;
  const limit = Math.max(times(interval, SEEN_INTERVALS), MIN_SEEN);
  return at !== undefined && elapsed(at, now) <= limit;
}
