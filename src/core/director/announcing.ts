/** When VIPs are announced: at once, once more after a while, and then as a refresh. */
import { after, earliest, type Instant } from "../../base/units.ts";
import type { DirectorEffect } from "./effects.ts";
import type { Announcement, DirectorState } from "./types.ts";

/** keepalived that yields says nothing, and may have announced last: so often once more. */
const TAIL = 3;

function tailOf(
  { setup }: DirectorState,
  instance: string,
  left: number,
  now: Instant,
): Announcement["tail"] {
  const election = setup.elections[instance];
  if (!election?.rfc || left === 0) return undefined;
  return { at: after(now, election.interval), left };
}

/** A burst now, and what follows it. */
export function announceNow(
  state: DirectorState,
  instance: string,
  why: string,
  now: Instant,
): { readonly state: DirectorState; readonly effect: DirectorEffect } {
  const { repeat, delay, refresh } = state.setup.config.announce;
  const announcement: Announcement = {
    burstAt: delay > 0 ? after(now, delay) : undefined,
    tail: tailOf(state, instance, TAIL, now),
    refreshAt: refresh > 0 ? after(now, refresh) : undefined,
  };
  return {
    state: { ...state, announcements: { ...state.announcements, [instance]: announcement } },
    effect: { kind: "announce", instance, repeat, why },
  };
}

/** What is due; instances that are no longer master are forgotten. */
export function announceDue(
  state: DirectorState,
  now: Instant,
): { readonly state: DirectorState; readonly effects: readonly DirectorEffect[] } {
  const effects: DirectorEffect[] = [];
  const announcements: Record<string, Announcement> = {};
  const { repeat, refresh } = state.setup.config.announce;
  for (const [instance, due] of Object.entries(state.announcements)) {
    if (state.instances[instance]?.kind !== "master") continue;
    const burst = due.burstAt !== undefined && due.burstAt <= now;
    const trails = due.tail !== undefined && due.tail.at <= now;
    const refreshed = due.refreshAt !== undefined && due.refreshAt <= now;
    if (burst) effects.push({ kind: "announce", instance, repeat, why: "second burst" });
    else if (trails) effects.push({ kind: "announce", instance, repeat: 1, why: "once more" });
    else if (refreshed) effects.push({ kind: "announce", instance, repeat: 1, why: "refresh" });
    announcements[instance] = {
      burstAt: burst ? undefined : due.burstAt,
      tail: trails ? tailOf(state, instance, (due.tail?.left ?? 1) - 1, now) : due.tail,
      refreshAt: refreshed ? after(now, refresh) : due.refreshAt,
    };
  }
  return { state: { ...state, announcements }, effects };
}

export function announcementDeadline(state: DirectorState): Instant | undefined {
  let first: Instant | undefined;
  for (const { burstAt, tail, refreshAt } of Object.values(state.announcements)) {
    first = earliest(first, burstAt, tail?.at, refreshAt);
  }
  return first;
}
