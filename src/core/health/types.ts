/** The health of real servers: what was answered, what it means, and what the table becomes. */
import type { Instant, Millis } from "../../base/units.ts";
import type { VirtualService } from "../../config/types.ts";
import type { Destination } from "../../wire/ipvs/types.ts";
import type { DesiredService } from "../types.ts";

/** The newest answers to one probe. */
export interface ProbeResult {
  /** Position in the configuration's list. */
  readonly probe: number;
  readonly ok: boolean;
  /** So many answers in a row were like this one. */
  readonly run: number;
  /** In words: why it failed, or what is worth knowing of a success. */
  readonly reason: string;
  /** An alarm that is no failure: a certificate that ends soon. */
  readonly warning: string | undefined;
  readonly weight: number | undefined;
  readonly latency: Millis;
  readonly at: Instant;
}

export type Verdict = "unknown" | "up" | "down";

/**
 * `checking`: not judged yet, which counts as down. `doubted`: it seems to have failed together
 * with most others, which nobody else confirms; it stays in the table.
 */
export type ServerKind = "checking" | "up" | "doubted" | "down";

export interface ServerHealth {
  readonly kind: ServerKind;
  readonly since: Instant;
  readonly reason: string;
  /** By check. */
  readonly verdicts: readonly Verdict[];
  /** When it went out, as far as damping or the bounded share have to know. */
  readonly losses: readonly Instant[];
  /** It flapped: kept out until then, unless nobody else is up. */
  readonly heldUntil: Instant | undefined;
  /** It came back then, and gets its weight in steps. */
  readonly rampSince: Instant | undefined;
}

export type Quorum = "unknown" | "held" | "lost";

/** Not in the file any more, and in the table with weight 0 until its connections have ended. */
export interface LeavingServer {
  readonly destination: Destination;
  readonly since: Instant;
  /** It goes then, whatever it still has. */
  readonly until: Instant;
}

export interface ServiceHealth {
  readonly servers: readonly ServerHealth[];
  readonly leaving: readonly LeavingServer[];
  readonly quorum: Quorum;
  readonly quorumSince: Instant;
  /** Since when more servers seem to fail than may go at once. */
  readonly doubtSince: Instant | undefined;
  /** The peers see the servers up that this director does not. */
  readonly local: boolean;
  readonly desired: DesiredService;
  /** When it has to be judged again without anything having happened. */
  readonly deadline: Instant | undefined;
}

/** What another director says of one service. */
export interface PeerOpinion {
  readonly director: string;
  /** Servers that its checks find up. */
  readonly up: number;
  readonly heardAt: Instant;
}

export type AdminAction = "drain" | "disable" | "enable";

/** What somebody decided about a server, wherever it serves or in one service. */
export interface AdminEntry {
  readonly service: string | undefined;
  readonly address: string;
  /** Undefined: whatever its port. */
  readonly port: number | undefined;
  readonly action: AdminAction;
  /** The newest wins; the director's name decides between equals. */
  readonly version: number;
  readonly director: string;
  readonly who: string;
  readonly reason: string;
  /** The wall clock when it was said, for people. */
  readonly time: string;
  /** It ends by itself then. */
  readonly until: Instant | undefined;
}

export interface HealthState {
  readonly results: ReadonlyMap<number, ProbeResult>;
  /** In the order of the configuration. */
  readonly services: readonly ServiceHealth[];
  readonly admin: readonly AdminEntry[];
  /** The table as it should be: the same value while nothing has changed. */
  readonly table: readonly DesiredService[];
  readonly deadline: Instant | undefined;
}

export interface ServerChange {
  readonly kind: "server";
  readonly service: string;
  /** `ADDRESS:PORT`. */
  readonly server: string;
  readonly from: ServerKind;
  readonly to: ServerKind;
  readonly why: string;
}

export interface QuorumChange {
  readonly kind: "quorum";
  readonly service: string;
  readonly from: Quorum;
  readonly to: Quorum;
  readonly up: number;
  readonly wanted: number;
}

/** A server that was taken out of the file is out of the table as well. */
export interface LeavingChange {
  readonly kind: "left";
  readonly service: string;
  readonly server: string;
  readonly why: string;
}

export type HealthChange = ServerChange | QuorumChange | LeavingChange;

export interface HealthStep {
  readonly state: HealthState;
  readonly changes: readonly HealthChange[];
}

/** What one judgement of a service goes by. */
export interface Circumstances {
  readonly service: VirtualService;
  readonly results: ReadonlyMap<number, ProbeResult>;
  readonly admin: readonly AdminEntry[];
  readonly opinions: readonly PeerOpinion[];
  /** How long a peer needs to see what this director has seen. */
  readonly detection: Millis;
  readonly now: Instant;
}
