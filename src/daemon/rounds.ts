/** One timer for all that is looked at now and then: what is due together wakes the process once. */
import { after, elapsed, type Instant, type Millis } from "../base/units.ts";
import { now } from "../os/clock.ts";

interface Round {
  readonly period: Millis;
  readonly look: () => void;
  at: Instant;
}

/** A round may come this part of its period early, or late: it goes with a beat where there is one,
 * and needs no wake-up of its own. */
const SWAY = 1 / 8;

const rounds = new Set<Round>();
let timer: NodeJS.Timeout | undefined;

/** Looks once in `period`, until what it returns is called.
 *
 * A look costs a fraction of the wake-up that it needs. What was missed is not made up for.
 */
export function lookEvery(period: Millis, look: () => void): () => void {
  const round: Round = { period, look, at: after(now(), period) };
  rounds.add(round);
  arm();
  return () => {
    rounds.delete(round);
    arm();
  };
}

/** The process is awake for something else: what is nearly due is looked at now. */
export function rideAlong(): void {
  const at = now();
  const due = [...rounds].filter((one) => elapsed(at, one.at) <= one.period * SWAY);
  if (due.length === 0) return;
  for (const round of due) round.at = after(at, round.period);
  arm();
  // One that was ended by another of this turn looks no more.
  for (const round of due) if (rounds.has(round)) round.look();
}

function arm(): void {
  clearTimeout(timer);
  if (rounds.size === 0) return;
  let latest = Number.POSITIVE_INFINITY;
  for (const { at, period } of rounds) latest = Math.min(latest, at + period * SWAY);
  timer = setTimeout(rideAlong, Math.max(0, latest - now()));
}
