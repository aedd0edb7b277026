/** The full resync of the connection table (PROTOCOL.md §6): what is asked for, sent, and learned. */
import type { Instant } from "../../base/units.ts";
import type { Skipped } from "./records.ts";

/** `full` teaches who returns; `before` and `after` go with a handover, and are short. */
export type PassKind = "full" | "before" | "after";

/** How one pass through the connection table went. */
export interface PassResult {
  readonly pass: number;
  readonly kind: PassKind;
  /** The whole table was read and sent. */
  readonly complete: boolean;
  /** Records sent, and established connections among them by instance. */
  readonly sent: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Partial<Record<Skipped, number>>>;
  readonly tookMs: number;
  /** Why it was not complete. */
  readonly problem: string | undefined;
}

/** A backup that is being taught by the master it follows. */
export interface Learning {
  readonly from: string;
  readonly since: Instant;
  /** Passes that its master had begun when it asked: only later ones hold all. */
  readonly base: number;
}

export interface ResyncState {
  /** Passes that this director began, and the last one that it finished. */
  readonly started: number;
  readonly sent: number;
  readonly running: { readonly pass: number; readonly since: Instant } | undefined;
  /** The next full pass may begin: who was taught has had the time to say so. */
  readonly notBefore: Instant | undefined;
  /** Established connections of each instance, in the last finished pass. */
  readonly counts: Readonly<Record<string, number>>;
  readonly last: (PassResult & { readonly at: Instant }) | undefined;
  /** By instance; who is not here has nothing to learn. */
  readonly learning: Readonly<Record<string, Learning>>;
}

export const NO_RESYNC: ResyncState = {
  started: 0,
  sent: 0,
  running: undefined,
  notBefore: undefined,
  counts: {},
  last: undefined,
  learning: {},
};
