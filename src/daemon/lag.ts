/** How late the loop's timer came: worst of all, and worst of the last one to two minutes. */
import { elapsed, type Millis, ms } from "../base/units.ts";
import { now } from "../os/clock.ts";

const RECENT_MS = 60_000;

export interface LagMeter {
  note(late: number): void;
  read(): { readonly worst: Millis; readonly recent: Millis };
}

export function createLagMeter(): LagMeter {
  let worst = 0;
  let current = 0;
  let previous = 0;
  let since = now();
  const turnOver = (): void => {
    if (elapsed(since, now()) < RECENT_MS) return;
    previous = current;
    current = 0;
    since = now();
  };
  return {
    note: (late) => {
      turnOver();
      worst = Math.max(worst, late);
      current = Math.max(current, late);
    },
    read: () => {
      turnOver();
      return { worst: ms(worst), recent: ms(Math.max(current, previous)) };
    },
  };
}
