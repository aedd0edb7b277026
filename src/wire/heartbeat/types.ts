/** What one heartbeat datagram says; the codec beside this file draws it. */
import type { Millis } from "../../base/units.ts";

/** What made the sender speak. The records say what is true; the kind only names the occasion. */
export type Kind = "hello" | "claim" | "handover" | "released" | "hold" | "resync" | "admin";

export type ReportedState = "initialize" | "backup" | "master" | "leaving" | "fault";

export interface Envelope {
  readonly kind: Kind;
  /** Which of the shared secrets signs it. */
  readonly keyId: number;
  /** Digest of the cluster's name, 16 hexadecimal digits. */
  readonly cluster: string;
  /** Director ids (nameId); addressee 0 is everybody (multicast). */
  readonly sender: number;
  readonly addressee: number;
  /** Random at each start, 32 hexadecimal digits. */
  readonly session: string;
  /** Persisted; grows with each start. */
  readonly counter: number;
  /** Grows with each datagram of a session. */
  readonly sequence: number;
  readonly path: number;
  /** Part `part` of `parts`, from 0; each part is complete in itself. */
  readonly part: number;
  readonly parts: number;
  readonly echoes: readonly Echo[];
  /** 16 hexadecimal digits. */
  readonly configDigest: string;
  /** The version of the program; undefined: it does not say, as the first ones do not. */
  readonly baton: string | undefined;
  readonly instances: readonly InstanceReport[];
  /** What people decided about servers: some of it in each datagram. */
  readonly decisions: readonly Decision[];
  /** What the sender's checks find; undefined: it has no checks, or knows nothing of them. */
  readonly health: HealthReport | undefined;
}

/** One word of somebody's about a server (`baton drain`); the newest version counts. */
export interface Decision {
  readonly action: "drain" | "disable" | "enable";
  readonly version: number;
  /** The director that it was said to. */
  readonly director: number;
  /** How long it still counts; 0 is without an end. */
  readonly left: Millis;
  readonly port: number;
  readonly address: string;
  /** Empty: in all services. */
  readonly service: string;
  readonly who: string;
  readonly reason: string;
  readonly time: string;
}

/** Services of which not everything is up; what is not listed is whole, unless there are more. */
export interface HealthReport {
  readonly more: boolean;
  readonly services: readonly ServiceReport[];
}

export interface ServiceReport {
  /** nameId of the service. */
  readonly id: number;
  /** Servers that answer; undefined while they are still asked for the first time. */
  readonly up: number | undefined;
}

/** What the sender heard from `director`: proof that it listens, and material for loss and delay. */
export interface Echo {
  readonly director: number;
  readonly session: string;
  readonly paths: readonly EchoedPath[];
}

export interface EchoedPath {
  readonly path: number;
  readonly sequence: number;
  /** How long before this datagram was sent. */
  readonly age: Millis;
}

/** One instance as the sender sees it. */
export interface InstanceReport {
  readonly id: number;
  readonly routerId: number;
  readonly state: ReportedState;
  /** The sender holds the VIPs and says so: an advert of a master. */
  readonly claim: boolean;
  /** Its connection table is complete enough to take over. */
  readonly level: boolean;
  /** It stays away on purpose (`baton failover`). */
  readonly hold: boolean;
  /** It asks the master for a planned handover (`baton drill`, on the way back). */
  readonly wants: boolean;
  /** It asks the master for its connections: a full resync. */
  readonly asks: boolean;
  readonly priority: number;
  readonly serviceable: boolean;
  /** Others than the directors are heard on the service interface; false is no, or unknown. */
  readonly sees: boolean;
  /** The service interface is up, and nothing is heard on it. */
  readonly blind: boolean;
  readonly interval: Millis;
  /** Digest of the VIP list, 16 hexadecimal digits. */
  readonly vipDigest: string;
  /** The master that the sender hears itself, or 0. */
  readonly followed: number;
  /** How long before this datagram the sender heard that master claim. */
  readonly followedAge: Millis;
  /** In state leaving: the director that is asked to take over, or 0. */
  readonly successor: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  /** Passes of the full resync that the sender began, and the last one that it finished. */
  readonly passesStarted: number;
  readonly passesSent: number;
  /** Established connections of the instance in that one. */
  readonly passCount: number;
}
