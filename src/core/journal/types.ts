/** What the journal holds: a line for each decision, with what led to it.
 *
 * One JSON object a line. `time` is the wall clock (ISO 8601, UTC), `at` this process's monotonic
 * clock in milliseconds. Durations end in `Ms`, ages in `AgoMs`.
 */
import type { Decision } from "../health/decision.ts";
import type { Quorum, ServerKind } from "../health/types.ts";
import type { Cause } from "../vrrp/cause.ts";
import type { VrrpState } from "../vrrp/types.ts";

export interface Common {
  readonly time: string;
  readonly at: number;
  /** Who wrote it. */
  readonly director: string;
}

/** Another director as it was known when something was decided. */
export interface PeerEvidence {
  readonly director: string;
  readonly state: string;
  readonly claim: boolean;
  readonly priority: number;
  readonly level: boolean;
  readonly hold: boolean;
  readonly serviceable: boolean;
  readonly hearsUs: boolean;
  readonly heardAgoMs: number;
  /** When it last claimed to be master. */
  readonly claimAgoMs: number | undefined;
}

/** What an instance knew when it changed its state. */
export interface Evidence {
  /** The kind of the event that decided. */
  readonly event: string;
  readonly intervalMs: number;
  readonly missed: number;
  /** As it counts in elections, holds and penalties included. */
  readonly priority: number;
  readonly level: boolean;
  readonly blind: boolean;
  readonly cutOff: boolean;
  readonly holdMs: number | undefined;
  readonly faults: readonly string[];
  readonly peers: readonly PeerEvidence[];
}

export interface TransitionBody {
  readonly kind: "transition";
  readonly instance: string;
  readonly from: VrrpState["kind"];
  readonly to: VrrpState["kind"];
  readonly cause: Cause;
  readonly why: string;
  readonly evidence: Evidence;
  /** The file that replays it; undefined where none is made. */
  readonly recording: string | undefined;
}

export interface ToldBody {
  readonly kind: "told";
  readonly instance: string;
  readonly story: "took" | "gave";
  readonly text: string;
  /** Before the change: the last claim of the master before. */
  readonly heardBeforeMs: number | undefined;
  /** Of each thing that happened, since the change began. */
  readonly afterMs: Readonly<Record<string, number>>;
}

/** A heartbeat that both ends write down, so that their clocks can be compared. */
export interface ClockBody {
  readonly kind: "clock";
  readonly way: "said" | "heard";
  /** The other director. */
  readonly peer: string;
  /** Of the one who spoke. */
  readonly session: string;
  readonly sequence: number;
}

export type LineBody =
  | {
      readonly kind: "started";
      readonly baton: string;
      readonly session: string;
      readonly counter: number;
      readonly configDigest: string;
      readonly adopt: readonly string[];
    }
  | TransitionBody
  | ToldBody
  | {
      readonly kind: "server";
      readonly service: string;
      readonly server: string;
      readonly from: ServerKind;
      readonly to: ServerKind;
      readonly why: string;
    }
  | {
      readonly kind: "left";
      readonly service: string;
      readonly server: string;
      readonly why: string;
    }
  | {
      readonly kind: "quorum";
      readonly service: string;
      readonly from: Quorum;
      readonly to: Quorum;
      readonly up: number;
      readonly wanted: number;
    }
  /** What another director was heard to say of itself, where that is new. */
  | {
      readonly kind: "peer";
      readonly peer: string;
      readonly instance: string;
      readonly from: string | undefined;
      readonly to: string;
      readonly claim: boolean;
    }
  /** Somebody decided about a server, on whichever director. */
  | ({ readonly kind: "decided" } & Decision)
  /** An event that came in from this host or from a person, as the core got it. */
  | { readonly kind: "event"; readonly event: Readonly<Record<string, unknown>> }
  | { readonly kind: "note" | "refused"; readonly instance: string; readonly sentence: string }
  /** Something was not as desired, and was put right. */
  | { readonly kind: "repair"; readonly what: string }
  | {
      readonly kind: "reload";
      readonly how: string;
      readonly done: boolean;
      readonly sentence: string;
    }
  | ClockBody
  /** The disk took nothing for a while: so many lines are missing before this one. */
  | { readonly kind: "lost"; readonly lines: number }
  | { readonly kind: "stopped" };

export type Line = Common & LineBody;
