/** The daemon's heart: events in, one step of the core at a time, effects and levels out. */
import { elapsed, type Instant, type Millis } from "../base/units.ts";
import type { DirectorEffect } from "../core/director/effects.ts";
import { nextDeadline, step } from "../core/director/step.ts";
import type { DirectorEvent, DirectorState, HeardAdvert } from "../core/director/types.ts";
import type { Step } from "../core/journal/lines.ts";
import { now } from "../os/clock.ts";
import type { LagMeter } from "./lag.ts";
import type { Meters } from "./metrics/meters.ts";
import { rideAlong } from "./rounds.ts";

/** Events that wait for their step; what comes beyond this is a flood, and is dropped. */
const MAX_QUEUED = 10_000;
/** A timer that is later than this lets the sockets speak before it is believed. */
const LATE_MS = 5;
/** setTimeout takes at most 2^31-1; nothing waits that long without another event. */
const MAX_DELAY_MS = 60_000;

export interface LoopOptions {
  readonly initial: DirectorState;
  readonly execute: (effect: DirectorEffect, state: DirectorState) => void;
  /** A step was taken, and its effects carried out. */
  readonly stepped: (step: Step) => void;
  /** After the events of a turn: bring the levels up to the state. */
  readonly settle: (state: DirectorState) => void;
  readonly lag: LagMeter;
  readonly onDropped: () => void;
  readonly meters: Pick<Meters, "woke">;
}

export interface Loop {
  state(): DirectorState;
  dispatch(event: DirectorEvent): void;
  hear(advert: HeardAdvert): void;
  lag(): { readonly worst: Millis; readonly recent: Millis };
  close(): void;
}

export const createLoop = (options: LoopOptions): Loop => new EventLoop(options);

class EventLoop implements Loop {
  readonly #options: LoopOptions;
  readonly #queue: DirectorEvent[] = [];
  readonly #heard: HeardAdvert[] = [];
  #state: DirectorState;
  #busy = false;
  #settling = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  /** What the timer waits for. */
  #awaited: Instant | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#state = options.initial;
  }

  state(): DirectorState {
    return this.#state;
  }

  lag(): { readonly worst: Millis; readonly recent: Millis } {
    return this.#options.lag.read();
  }

  /** What masters of many instances say in one turn is one step: each costs a look at all of them. */
  hear(advert: HeardAdvert): void {
    if (this.#heard.length >= MAX_QUEUED) return this.#options.onDropped();
    if (this.#heard.push(advert) === 1) setImmediate(() => this.#tellHeard());
  }

  dispatch(event: DirectorEvent): void {
    if (this.#closed) return;
    // In the order in which things came.
    this.#tellHeard();
    this.#enqueue(event);
  }

  #tellHeard(): void {
    const heard = this.#heard.splice(0);
    if (heard.length > 0 && !this.#closed) this.#enqueue({ kind: "adverts", heard });
  }

  #enqueue(event: DirectorEvent): void {
    if (this.#queue.length >= MAX_QUEUED) return this.#options.onDropped();
    this.#queue.push(event);
    if (!this.#busy) this.#drain();
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  #drain(): void {
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const [before, at] = [this.#state, now()];
        const { state, effects } = step(before, next, at);
        this.#state = state;
        for (const effect of effects) this.#options.execute(effect, state);
        // After the effects: what is said goes first.
        this.#options.stepped({ before, after: state, event: next, effects, at });
      }
    } finally {
      this.#busy = false;
    }
    if (this.#settling) return;
    this.#settling = true;
    setImmediate(() => this.#rest());
  }

  /** Once for all that one turn brings: a peer with many instances speaks in many datagrams. */
  #rest(): void {
    this.#settling = false;
    if (this.#closed) return;
    this.#options.settle(this.#state);
    this.#arm();
  }

  #arm(): void {
    const at = nextDeadline(this.#state, now());
    // Most of what is heard moves no deadline.
    if (at !== undefined && at === this.#awaited) return;
    this.#disarm();
    if (at === undefined) return;
    // setTimeout waits a millisecond at least; what is due needs only the turn of the sockets.
    if (at <= now()) this.#afterSockets();
    else {
      const delay = Math.min(Math.ceil(at - now()), MAX_DELAY_MS);
      this.#awaited = at;
      this.#timer = setTimeout(() => this.#wake(at), delay);
    }
  }

  /** Node runs due timers before it reads sockets: after a pause the peer's adverts wait there. */
  #wake(at: Instant): void {
    this.#awaited = undefined;
    const late = elapsed(at, now());
    this.#options.lag.note(late);
    this.#options.meters.woke(late);
    if (late >= LATE_MS) return this.#afterSockets();
    this.dispatch({ kind: "deadline" });
    // After the adverts, and before Node works out when it wakes next.
    rideAlong();
  }

  #afterSockets(): void {
    this.#immediate = setImmediate(() => this.dispatch({ kind: "deadline" }));
  }

  #disarm(): void {
    this.#awaited = undefined;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
