/** One timer for all that is looked at now and then: what is due together wakes the process once. */
import { type Instant, instant, type Millis } from "../base/units.ts";
import { now } from "../os/clock.ts";

interface Round {
  readonly period: Millis;
  readonly look: () => void;
  at: Instant;
}

/** Timers come up to a millisecond early, and periods need not be whole ones. */
const SLACK_MS = 1;

const rounds = new Set<Round>();
let timer: NodeJS.Timeout | undefined;

/** Looks at the multiples of `period` on this process's clock, until what it returns is called.
 *
 * A look costs a fraction of the wake-up that it needs. What was missed is not made up for.
 */
export function lookEvery(period: Millis, look: () => void): () => void {
  const round: Round = { period, look, at: nextOf(period, now()) };
  rounds.add(round);
  arm();
  return () => {
    rounds.delete(round);
    arm();
  };
}

const nextOf = (period: Millis, at: Instant): Instant =>
  instant((Math.floor((at + SLACK_MS) / period) + 1) * period);

function arm(): void {
  clearTimeout(timer);
  if (rounds.size === 0) return;
  let first = Number.POSITIVE_INFINITY;
  for (const { at } of rounds) first = Math.min(first, at);
  timer = setTimeout(go, Math.max(0, first - now()));
}

function go(): void {
  const at = now();
  const due = [...rounds].filter((round) => round.at <= at + SLACK_MS);
  for (const round of due) round.at = nextOf(round.period, at);
  arm();
  // One that was ended by another of this turn looks no more.
  for (const round of due) if (rounds.has(round)) round.look();
}
