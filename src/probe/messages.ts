/** What the main thread and the probes' thread say to each other. */
import type { Probe } from "../config/check-types.ts";

/** Given to the thread at its start. */
export interface ProbeWork {
  readonly probes: readonly Probe[];
  /** By probe: how many equal outcomes in a row may still decide something. */
  readonly runs: readonly number[];
  /** Sockets for pings, opened by the main thread. */
  readonly pings: Readonly<Record<string, number>>;
}

export interface ToldAgo {
  readonly probe: number;
  readonly ok: boolean;
  readonly run: number;
  readonly reason: string;
  readonly warning: string | undefined;
  readonly weight: number | undefined;
  /** Milliseconds. */
  readonly latency: number;
  /** Milliseconds before the message was sent: the threads' clocks begin at different times. */
  readonly ago: number;
}
