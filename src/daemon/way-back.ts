/** The way back to what ran before, where nobody confirms what runs: over restarts as well. */
import { after, type Instant, type Millis, ms } from "../base/units.ts";
import { MAX_CONFIRM_MS } from "../control/api.ts";
import { bootId, bootTime, now } from "../os/clock.ts";
import type { Awaited, PastConfigurations } from "./past-configurations.ts";

export interface WayBackOptions {
  readonly past: PastConfigurations;
  /** During a reload it waits. */
  readonly isBusy: () => boolean;
  readonly goBack: (number: number) => Promise<void>;
}

export interface WayBack {
  /** What it goes back to, and when; undefined where nothing waits to be confirmed. */
  open(): { readonly number: number; readonly until: Instant } | undefined;
  await(number: number, limit: Millis): void;
  /** Somebody confirmed, or it is gone. */
  shut(): Promise<void>;
  /** A restart takes it up. */
  close(): void;
}

interface Unconfirmed {
  readonly timer: NodeJS.Timeout;
  readonly until: Instant;
  readonly number: number;
}

const BUSY_PAUSE = ms(1000);

export function createWayBack({ past, isBusy, goBack }: WayBackOptions): WayBack {
  let unconfirmed: Unconfirmed | undefined;
  const wait = (number: number, limit: Millis): void => {
    clearTimeout(unconfirmed?.timer);
    const over = (): void => {
      if (isBusy()) wait(number, BUSY_PAUSE);
      else void goBack(number);
    };
    const timer = setTimeout(over, Math.min(limit, MAX_CONFIRM_MS));
    unconfirmed = { timer, until: after(now(), limit), number };
  };
  const awaited = past.awaited();
  if (awaited) {
    // Nobody confirmed it before this boot.
    const left = awaited.bootId === bootId() ? awaited.until - bootTime() : 0;
    wait(awaited.number, ms(Math.max(left, 0)));
  }
  return {
    open: () => unconfirmed,
    await: wait,
    shut: async () => {
      if (!unconfirmed) return;
      clearTimeout(unconfirmed.timer);
      unconfirmed = undefined;
      await past.setAwaited(undefined);
    },
    close: () => clearTimeout(unconfirmed?.timer),
  };
}

/** A restart in between does not forget it. */
export const awaitedOf = (number: number, limit: Millis): Awaited => ({
  number,
  until: bootTime() + limit,
  bootId: bootId(),
});
