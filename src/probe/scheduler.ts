/** Who is asked when: each probe on a grid of its own, a bounded number at once.
 *
 * A server that hangs holds one place for one time-out. A probe never runs twice at the same time;
 * starts that it missed are not made up for.
 */

import { messageOf } from "../base/errors.ts";
import { formatDuration } from "../base/units.ts";
import type { Probe } from "../config/check-types.ts";
import { TimeQueue } from "./heap.ts";
import { type Attempt, down, type Outcome } from "./types.ts";

/** Questions on their way at once. Programs are counted apart: each is a process. */
export const MAX_OPEN = 4096;
export const MAX_PROGRAMS = 32;
/** At the start everybody is asked soon: so many a millisecond. */
const FIRST_A_MS = 2;
/** Starts are gathered for so long: fewer turns of the loop for the same work. */
const TICK_MS = 10;
/** Multiples of it, less their whole part, fill an interval evenly, in whatever order. */
const GOLDEN = 0.618_033_988_75;

export interface SchedulerOptions {
  readonly probes: readonly Probe[];
  readonly ask: (probe: Probe, attempt: Attempt) => void;
  readonly onOutcome: (probe: number, outcome: Outcome, latency: number) => void;
  readonly clock?: () => number;
  readonly random?: () => number;
  readonly maxOpen?: number;
}

export interface Scheduler {
  close(): void;
}

export const startScheduler = (options: SchedulerOptions): Scheduler => new Running(options);

interface Due {
  readonly at: number;
  readonly probe: number;
}

type Lane = { open: number; readonly limit: number; readonly waiting: number[] };

class Running implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: () => number;
  readonly #begun: number;
  readonly #due = new TimeQueue<Due>();
  readonly #sockets: Lane;
  readonly #programs: Lane = { open: 0, limit: MAX_PROGRAMS, waiting: [] };
  readonly #attempts = new Set<OneAttempt>();
  #timer: NodeJS.Timeout | undefined;
  /** When it rings; never while everybody is asked or waits. */
  #rings = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#begun = this.#clock();
    this.#sockets = { open: 0, limit: options.maxOpen ?? MAX_OPEN, waiting: [] };
    for (const [probe, { interval }] of options.probes.entries()) {
      this.#due.push({ at: this.#begun + Math.min(probe / FIRST_A_MS, interval), probe });
    }
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const attempt of this.#attempts) attempt.cancel();
  }

  #arm(): void {
    const next = this.#due.peek();
    this.#rings = Number.POSITIVE_INFINITY;
    if (next === undefined || this.#closed) return;
    const now = this.#clock();
    const wait = Math.max(next.at - now, TICK_MS);
    this.#rings = now + wait;
    this.#timer = setTimeout(() => this.#tick(), wait);
  }

  #tick(): void {
    const now = this.#clock();
    for (let next = this.#due.peek(); next && next.at <= now; next = this.#due.peek()) {
      this.#due.pop();
      this.#enter(next.probe);
    }
    this.#arm();
  }

  #laneOf(probe: number): Lane {
    const kind = this.#options.probes[probe]?.action.kind;
    return kind === "exec" ? this.#programs : this.#sockets;
  }

  #enter(probe: number): void {
    const lane = this.#laneOf(probe);
    if (lane.open >= lane.limit) lane.waiting.push(probe);
    else this.#start(probe, lane);
  }

  #start(position: number, lane: Lane): void {
    const probe = this.#options.probes[position];
    if (!probe) return;
    lane.open++;
    const started = this.#clock();
    const attempt = new OneAttempt(probe.timeout, (outcome) => {
      this.#attempts.delete(attempt);
      lane.open--;
      const ended = this.#clock();
      this.#options.onOutcome(position, outcome, ended - started);
      const at = this.#nextStart(position, probe, started);
      this.#due.push({ at, probe: position });
      this.#rearm(at);
      const next = lane.waiting.shift();
      if (next !== undefined) this.#start(next, lane);
    });
    this.#attempts.add(attempt);
    try {
      this.#options.ask(probe, attempt);
    } catch (error) {
      attempt.end(down(messageOf(error)));
    }
  }

  /** The first point of the probe's grid that is half an interval away at least, give or take. */
  #nextStart(position: number, { interval, jitter }: Probe, started: number): number {
    const phase = ((position * GOLDEN) % 1) * interval;
    const since = started + interval / 2 - this.#begun - phase;
    const point = this.#begun + phase + Math.ceil(since / interval) * interval;
    const random = this.#options.random ?? Math.random;
    const next = jitter > 0 ? point + jitter * (2 * random() - 1) : point;
    const now = this.#clock();
    return next > now ? next : point + Math.ceil((now - point) / interval) * interval;
  }

  /** What was added may be due a tick before what is waited for, or earlier. */
  #rearm(at: number): void {
    if (at > this.#rings - TICK_MS) return;
    clearTimeout(this.#timer);
    this.#arm();
  }
}

/** One question on its way: it ends once, at its time-out at the latest. */
class OneAttempt implements Attempt {
  readonly #timer: NodeJS.Timeout;
  readonly #settle: (outcome: Outcome) => void;
  readonly #releases: (() => void)[] = [];
  #what = "answer";
  #over = false;

  constructor(timeout: Probe["timeout"], settle: (outcome: Outcome) => void) {
    this.#settle = settle;
    this.#timer = setTimeout(
      () => this.end(down(`no ${this.#what} within ${formatDuration(timeout)}`)),
      timeout,
    );
  }

  end(outcome: Outcome): void {
    if (this.cancel()) this.#settle(outcome);
  }

  waitsFor(what: string): void {
    this.#what = what;
  }

  onEnd(release: () => void): void {
    if (this.#over) release();
    else this.#releases.push(release);
  }

  /** Without an outcome; false where it was over. */
  cancel(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    for (const release of this.#releases) release();
    return true;
  }
}
