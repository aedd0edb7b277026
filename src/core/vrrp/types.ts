/** One instance's election: its states, what happens to it, and what it asks for. */
import type { Ip } from "../../base/ip.ts";
import type { Instant, Millis } from "../../base/units.ts";
import type { Preempt } from "../../config/types.ts";
import type { InstanceReport, Kind } from "../../wire/heartbeat/types.ts";
import type { Cause } from "./cause.ts";

/** What does not change while the configuration stands. */
export interface VrrpConfig {
  readonly self: Candidate;
  /** Wire id of this director. */
  readonly selfId: number;
  readonly interval: Millis;
  readonly missed: number;
  readonly preempt: Preempt;
  /** Without a secret a goodbye may be forged: it waits one skew before it is believed. */
  readonly authenticated: boolean;
  /** How long a backup follows one master before its connection table counts as complete, whatever
   * came of the resync; 0 where connections are not synchronised. */
  readonly levelAfter: Millis;
  /** The kernel's connection table is kept up with the others'. */
  readonly synced: boolean;
  /** The election of RFC 9568 instead of baton's own. */
  readonly rfc: { readonly version: 2 | 3; readonly virtualMac: boolean } | undefined;
  /** It moves with others: it takes over when all of them can. */
  readonly grouped: boolean;
  /** A takeover in doubt waits no longer than this. */
  readonly witnessHold: Millis;
}

/** Who stands for election. */
export interface Candidate {
  readonly director: string;
  readonly address: Ip;
  readonly priority: number;
}

/** Another director as last heard, for this instance. */
export interface PeerView {
  readonly director: string;
  readonly id: number;
  readonly address: Ip;
  readonly report: InstanceReport;
  readonly heardAt: Instant;
  /** When it was last heard to claim; undefined while it does not. */
  readonly claimAt: Instant | undefined;
  /** Signed, but not proven fresh: may hold a timer and nothing else (PROTOCOL.md §2). */
  readonly lifeAt: Instant | undefined;
  /** It heard us within `missed` intervals. */
  readonly hearsUs: boolean;
  /** It runs the same configuration. */
  readonly sameConfig: boolean;
}

export type Views = Readonly<Record<string, PeerView>>;

/** Why an instance cannot serve. */
export type Fault =
  | "linkDown"
  | "interfaceMissing"
  | "addressLost"
  | "sourceMissing"
  | "vipRefused"
  | "tracked"
  | "group"
  | "starting";

interface Common {
  readonly views: Views;
  readonly faults: readonly Fault[];
  /** This director's connection table is complete enough to take over. */
  readonly level: boolean;
  /** Nothing is heard on the service interface any more. */
  readonly blind: boolean;
  /** Neither a witness nor anybody else is heard there: it may be this host that is cut off. */
  readonly cutOff: boolean;
  /** What the priority loses because the servers do not serve as they should, as seen from here. */
  readonly penalty: number;
  /** What the tracks add to the priority, or take from it. */
  readonly bonus: number;
  /** Tracks with a weight that do not hold. */
  readonly failing: readonly string[];
  /** Stays away until then (`baton failover`). */
  readonly holdUntil: Instant | undefined;
  readonly since: Instant;
  readonly cause: Cause;
}

export interface InitializeState extends Common {
  readonly kind: "initialize";
}

export interface BackupState extends Common {
  readonly kind: "backup";
  /** No takeover before this, whatever is heard: start-up, or the moment of a goodbye. */
  readonly floor: Instant;
  /** The master that is followed, since when: basis of `level` and of a delayed preemption. */
  readonly following: { readonly director: string; readonly since: Instant } | undefined;
  /** The goodbye that opened the election, until somebody claims again. */
  readonly goodbye: { readonly director: string; readonly state: string | undefined } | undefined;
  /** The master asks this director to take over, since then. */
  readonly invited: { readonly director: string; readonly at: Instant } | undefined;
  /** Asks the master for the role until then. */
  readonly wantsUntil: Instant | undefined;
  /** Since when a takeover waits because this host may be cut off. */
  readonly doubtSince: Instant | undefined;
  /** It would take over, and waits for the others of its group. */
  readonly ready: { readonly cause: Cause; readonly claiming: boolean } | undefined;
  /** When it last listened anew because the process had not run. */
  readonly wokeAt: Instant | undefined;
}

export interface MasterState extends Common {
  readonly kind: "master";
  /** Whether the kernel was seen to hold the VIPs. */
  readonly vips: "pending" | "on";
  /** A handover claims only once the VIPs are on, so that the giver keeps them until then. */
  readonly claiming: boolean;
  /** Last time that a claim went out. */
  readonly claimedAt: Instant;
  /** Masters heard beside us, since when. */
  readonly rivals: Readonly<Record<string, Instant>>;
  /** On protocol 112: when neighbours were told last because of another speaker. */
  readonly toldAt: Instant | undefined;
  /** After a pause: hold the tongue and listen until then. */
  readonly listenUntil: Instant | undefined;
}

export interface LeavingState extends Common {
  readonly kind: "leaving";
  /** `syncing` sends the newest connections before it asks; `serving` waits for the successor's
   * claim; `releasing` waits for the VIPs to be off. */
  readonly phase: "syncing" | "serving" | "releasing";
  readonly successor: { readonly director: string; readonly id: number } | undefined;
  /** When the successor is asked once more: one lost datagram must not fail a handover. */
  readonly askAt: Instant | undefined;
  /** End of the phase. */
  readonly until: Instant;
  readonly next: "backup" | "initialize";
  readonly claimedAt: Instant;
  /** By the RFC: priority 0 is still to be said. Who yields to a better master does not say it. */
  readonly goodbyeDue: boolean;
}

export interface FaultState extends Common {
  readonly kind: "fault";
  /** Whether the VIPs are known to be off. */
  readonly released: boolean;
}

export type VrrpState = InitializeState | BackupState | MasterState | LeavingState | FaultState;

/** A report that is proven fresh, from whom. */
export type Heard = Omit<PeerView, "heardAt" | "claimAt" | "lifeAt">;

export interface Failover {
  /** How long this director stays away. */
  readonly hold: Millis;
  /** Let go although no other director is fit. */
  readonly force: boolean;
  /** The program that runs next would be late: the role goes first. */
  readonly restarting?: true;
}

export type VrrpEvent =
  | { readonly kind: "started"; readonly adopt: boolean; readonly level: boolean }
  | { readonly kind: "heard"; readonly peer: Heard }
  | { readonly kind: "life"; readonly director: string }
  | { readonly kind: "deadline" }
  /** The process did not run for more than an interval: what it knows of the others is old. */
  | { readonly kind: "woke" }
  | { readonly kind: "faulted"; readonly fault: Fault }
  | { readonly kind: "repaired"; readonly fault: Fault }
  | { readonly kind: "vipsOn" }
  | { readonly kind: "vipsOff" }
  /** The connection table is as complete as the master's, or is not any more. */
  | { readonly kind: "level"; readonly level: boolean }
  /** What is heard on the service interface has changed. */
  | { readonly kind: "sight"; readonly blind: boolean; readonly cutOff: boolean }
  /** The servers' health, as seen from here, costs so much priority. */
  | { readonly kind: "health"; readonly penalty: number }
  /** The others of its group take over as well, or one of them has lost the role. */
  | { readonly kind: "groupTakes" }
  | { readonly kind: "groupYields"; readonly member: string }
  /** What the tracks amount to. */
  | { readonly kind: "tracked"; readonly bonus: number; readonly failing: readonly string[] }
  /** A pass through the connection table that went with a handover is over. */
  | { readonly kind: "passed" }
  /** `baton failover`: to the best fit director, and stay away for `hold`. */
  | ({ readonly kind: "failover" } & Failover)
  | { readonly kind: "resume" }
  /** Asks the living master for a planned handover to this director. */
  | { readonly kind: "takeover"; readonly patience: Millis }
  | { readonly kind: "stopping" };

export type VrrpEffect =
  /** Speak now instead of at the next tick. */
  | { readonly kind: "advertise"; readonly occasion: Kind }
  /** A burst of gratuitous ARP and neighbour advertisements. */
  | { readonly kind: "announce"; readonly why: string }
  | {
      readonly kind: "transition";
      readonly from: VrrpState["kind"];
      readonly to: VrrpState["kind"];
      readonly cause: Cause;
    }
  /** The newest connections go to the successor. */
  | { readonly kind: "pass"; readonly pass: "before" | "after" }
  /** A master of lower priority was heard beside this one. */
  | { readonly kind: "rivalled"; readonly director: string }
  /** A command could not be carried out. */
  | { readonly kind: "refused"; readonly sentence: string }
  /** Worth a line in the log, without a transition. */
  | { readonly kind: "note"; readonly sentence: string };

export interface VrrpStep {
  readonly state: VrrpState;
  readonly effects: readonly VrrpEffect[];
}
