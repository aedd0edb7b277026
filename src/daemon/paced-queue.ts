/** Announcements that wait for their turn: some at a time, and paced on each link. */
import type { Millis } from "../base/units.ts";
import type { PlacedVip } from "../core/types.ts";

/** Frames in one turn of the loop: well below a millisecond. */
const FRAMES_A_TURN = 100;
const TURN_PAUSE_MS = 2;
const MAX_QUEUED = 20_000;
/** A turn that comes a little early is in time: timers know whole milliseconds alone. */
const EARLY_MS = 0.5;

export interface PacedQueue {
  /** Round by round: every VIP is announced once before any is announced twice. */
  add(vips: readonly PlacedVip[], repeat: number): void;
  /** What may go at `now`, in milliseconds of any clock that never goes back. */
  take(now: number): readonly PlacedVip[];
  /** Milliseconds until the next turn; undefined while nothing waits. */
  pause(now: number): number | undefined;
  /** Forgets what waits for these VIPs. */
  cancel(vips: readonly PlacedVip[]): void;
}

/** `interval`: between two frames that leave by one link; 0 is none. */
export function createPacedQueue(interval: Millis): PacedQueue {
  let waiting: PlacedVip[] = [];
  /** By link, when its next frame may go. */
  const free = new Map<string, number>();
  const isFree = (link: string, now: number): boolean =>
    (free.get(link) ?? Number.NEGATIVE_INFINITY) <= now + EARLY_MS;
  return {
    add: (vips, repeat) => {
      const known = new Set(waiting.map(({ address }) => address));
      // What waits anyway needs no refresh: those would pile up where links are slow.
      const fresh = repeat > 1 ? vips : vips.filter(({ address }) => !known.has(address));
      for (let round = 0; round < repeat; round++) {
        waiting.push(...fresh.slice(0, MAX_QUEUED - waiting.length));
      }
    },
    take: (now) => {
      if (interval === 0) return waiting.splice(0, FRAMES_A_TURN);
      const going: PlacedVip[] = [];
      waiting = waiting.filter((vip) => {
        if (!isFree(vip.interface, now)) return true;
        // Late turns are not made up for: no two frames are nearer than the interval.
        free.set(vip.interface, Math.max(now, free.get(vip.interface) ?? now) + interval);
        going.push(vip);
        return false;
      });
      return going;
    },
    pause: (now) => {
      if (waiting.length === 0) return undefined;
      if (interval === 0) return TURN_PAUSE_MS;
      const links = new Set(waiting.map((vip) => vip.interface));
      const next = Math.min(...[...links].map((link) => free.get(link) ?? now));
      return Math.max(next - now, EARLY_MS);
    },
    cancel: (vips) => {
      const gone = new Set(vips.map(({ address }) => address));
      waiting = waiting.filter(({ address }) => !gone.has(address));
    },
  };
}
