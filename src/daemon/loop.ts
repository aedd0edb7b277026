/** The daemon's heart: events in, one step of the core at a time, effects and levels out. */
import { elapsed, type Instant, type Millis, ms } from "../base/units.ts";
import { nextDeadline, step } from "../core/director/step.ts";
import type { DirectorEffect, DirectorEvent, DirectorState } from "../core/director/types.ts";
import { now } from "../os/clock.ts";

/** Events of one turn; beyond this the oldest unimportant ones are a flood and are dropped. */
const MAX_QUEUED = 10_000;
/** A timer that is later than this lets the sockets speak before it is believed. */
const LATE_MS = 5;
/** setTimeout takes at most 2^31-1; nothing waits that long without another event. */
const MAX_DELAY_MS = 60_000;
const RECENT_MS = 60_000;

export interface LoopOptions {
  readonly initial: DirectorState;
  readonly execute: (effect: DirectorEffect, state: DirectorState) => void;
  /** After the events of a turn: bring the levels up to the state. */
  readonly settle: (state: DirectorState) => void;
  readonly onDropped: () => void;
}

export interface Loop {
  readonly state: () => DirectorState;
  dispatch(event: DirectorEvent): void;
  lag(): { readonly worst: Millis; readonly recent: Millis };
  close(): void;
}

export function createLoop(options: LoopOptions): Loop {
  let state = options.initial;
  const queue: DirectorEvent[] = [];
  let busy = false;
  let settling = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const lags = lagMeter();

  const drain = (): void => {
    busy = true;
    try {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
        const result = step(state, event, now());
        state = result.state;
        for (const effect of result.effects) options.execute(effect, state);
      }
    } finally {
      busy = false;
    }
    if (settling) return;
    settling = true;
    queueMicrotask(rest);
  };
  /** Once for all events that one turn brings: with hundreds of instances each look is long. */
  const rest = (): void => {
    settling = false;
    if (closed) return;
    options.settle(state);
    arm();
  };
  const dispatch = (event: DirectorEvent): void => {
    if (closed) return;
    if (queue.length >= MAX_QUEUED) return options.onDropped();
    queue.push(event);
    if (!busy) drain();
  };
  const arm = (): void => {
    clearTimeout(timer);
    clearImmediate(immediate);
    const at = nextDeadline(state, now());
    if (at === undefined || closed) return;
    // setTimeout waits a millisecond at least; what is due needs only the turn of the sockets.
    if (at <= now()) immediate = setImmediate(() => dispatch({ kind: "deadline" }));
    else timer = setTimeout(wake, Math.min(Math.ceil(at - now()), MAX_DELAY_MS), at);
  };
  /** Node runs due timers before it reads sockets: after a pause the adverts of the peer wait there. */
  const wake = (at: Instant): void => {
    const late = elapsed(at, now());
    lags.note(late);
    if (late < LATE_MS) dispatch({ kind: "deadline" });
    else setImmediate(() => dispatch({ kind: "deadline" }));
  };
  return {
    state: () => state,
    dispatch,
    lag: () => lags.read(),
    close: () => {
      closed = true;
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}

/** How late the timer came: worst of all, and worst of the last one to two minutes. */
function lagMeter(): {
  note(late: number): void;
  read(): { readonly worst: Millis; readonly recent: Millis };
} {
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
