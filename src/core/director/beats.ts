/** The rhythm of what is said: one beat for each interval that the instances have. */
import { after, earliest, type Instant, type Millis, times } from "../../base/units.ts";
import { apply, type Draft, speakUp } from "./draft.ts";
import type { DirectorState, Setup } from "./types.ts";

export interface Beat {
  readonly interval: Millis;
  readonly at: Instant;
}

/** All at once: over VRRP one turn then serves all instances of an interval. */
export const firstBeats = ({ elections }: Setup, now: Instant): readonly Beat[] =>
  [...new Set(Object.values(elections).map(({ interval }) => interval))].map((interval) => ({
    interval,
    at: now,
  }));

export const beatDeadline = ({ beats }: DirectorState): Instant | undefined =>
  earliest(...beats.map(({ at }) => at));

/** Who did not run for longer than an interval: a frozen process, a stunned machine (PROTOCOL.md §3). */
export function wakeWhoOverslept(draft: Draft): void {
  for (const { at, interval } of draft.state.beats) {
    if (draft.now - at <= interval) continue;
    for (const name of instancesOf(draft, interval)) apply(draft, name, { kind: "woke" });
  }
}

/** Beats keep their schedule; what was missed while the program slept is not made up for. */
export function keepBeats(draft: Draft): void {
  const { now, state } = draft;
  const due = state.beats.filter(({ at }) => at <= now);
  if (due.length === 0) return;
  const beats = state.beats.map((beat) => (due.includes(beat) ? nextOf(beat, now) : beat));
  const { transport, missed } = state.setup.config.heartbeat;
  const earlier = [...state.earlier, state.sequences].slice(-missed);
  draft.state = { ...state, beats, earlier };
  if (transport === "udp") return speakUp(draft, "hello");
  for (const { interval } of due) {
    for (const name of instancesOf(draft, interval)) {
      if (!draft.adverts.has(name)) draft.adverts.set(name, "claim");
    }
  }
}

const nextOf = ({ interval, at }: Beat, now: Instant): Beat => {
  const missed = Math.floor((now - at) / interval) + 1;
  return { interval, at: after(at, times(interval, missed)) };
};

const instancesOf = ({ state, instances }: Draft, interval: Millis): readonly string[] =>
  Object.keys(instances).filter((name) => state.setup.elections[name]?.interval === interval);
