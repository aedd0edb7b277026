/** A whole director: its peers, its instances, and the one clock that they share. */
import type { Ip } from "../../base/ip.ts";
import type { Instant, Millis } from "../../base/units.ts";
import type { Config, Director } from "../../config/types.ts";
import type { Envelope } from "../../wire/heartbeat/types.ts";
import type { SyncRole } from "../../wire/ipvs/types.ts";
import type { Advert } from "../../wire/vrrp/types.ts";
import type { HealthPlan } from "../health/health.ts";
import type { AdminEntry, HealthState, LeavingServer, ProbeResult } from "../health/types.ts";
import type { PassResult, ResyncState } from "../resync/types.ts";
import type { Look, Sight } from "../sight/sight.ts";
import type { Story } from "../story/story.ts";
import type { ReportBase } from "../vrrp/report.ts";
import type { Failover, Fault, VrrpConfig, VrrpState } from "../vrrp/types.ts";
import type { Beat } from "./beats.ts";
import type { DirectorEffect } from "./effects.ts";

/** What one run of the program knows from its start on. */
export interface Setup {
  readonly config: Config;
  /** This director's name. */
  readonly self: string;
  /** This director on the wire, and the others by their ids there. */
  readonly selfId: number;
  readonly peersById: Readonly<Record<number, Director>>;
  /** Names of instances by their ids on the wire. */
  readonly instancesById: Readonly<Record<number, string>>;
  readonly session: string;
  readonly counter: number;
  readonly cluster: string;
  readonly configDigest: string;
  readonly keyId: number;
  /** The services, and what asks about their servers. */
  readonly health: HealthPlan;
  /** nameId of each service, by position. */
  readonly serviceIds: readonly number[];
  /** Names of instances that are master together or not at all. */
  readonly groups: readonly (readonly string[])[];
  /** By instance. */
  readonly elections: Readonly<Record<string, VrrpConfig>>;
  /** The service interface of each. */
  readonly links: Readonly<Record<string, string>>;
  readonly bases: Readonly<Record<string, Pick<ReportBase, "id" | "routerId" | "vipDigest">>>;
}

/** One path to a peer, as heard. */
export interface PathView {
  readonly sequence: number;
  /** The newest utterance, and which of its parts arrived. */
  readonly utterance: number;
  readonly parts: readonly number[];
  readonly heardAt: Instant;
  readonly received: number;
  readonly lost: number;
  /** Mean deviation of the arrivals from the interval, as RFC 3550 §6.4.1 smooths it. */
  readonly jitter: Millis;
  /** What the peer last said of hearing us on this path. */
  readonly echoAge: Millis | undefined;
}

export interface Candidate {
  readonly session: string;
  readonly counter: number;
  /** When it was taken up. */
  readonly since: Instant;
  readonly path: number;
  readonly sequence: number;
  readonly heardAt: Instant;
}

/** How fresh a peer's datagrams are proven to be (PROTOCOL.md §2). */
export interface PeerState {
  readonly name: string;
  readonly session: string | undefined;
  readonly counter: number;
  /** A session that is signed but not proven yet, as last heard. */
  readonly candidate: Candidate | undefined;
  /** Sessions that were replaced, and the newest utterance of each. */
  readonly retired: readonly { readonly session: string; readonly utterance: number }[];
  readonly paths: Readonly<Record<number, PathView>>;
  readonly heardAt: Instant | undefined;
  readonly hearsUs: boolean;
  readonly configDigest: string | undefined;
  /** The version of its program; undefined: not heard yet, or one that does not say. */
  readonly baton: string | undefined;
  /** When a greeting was last sent to prove each other's freshness. */
  readonly greetedAt: Instant | undefined;
}

/** A peer's count of servers that are up, by the services' ids. */
export interface PeerHealth {
  readonly heardAt: Instant;
  /** There are services that it did not list; else what is not listed is whole. */
  readonly more: boolean;
  /** Undefined: it does not know yet. */
  readonly up: ReadonlyMap<number, number | undefined>;
}

export interface DirectorState {
  readonly setup: Setup;
  readonly running: boolean;
  /** It ends when its last instance has let go. */
  readonly stopping: boolean;
  /** The last sequence used, by peer; the same on each path. */
  readonly sequences: Readonly<Record<string, number>>;
  /** The sequences at the last `missed` ticks, the oldest first: what is echoed after it is fresh. */
  readonly earlier: readonly Readonly<Record<string, number>>[];
  /** When something is said next; empty while not running. */
  readonly beats: readonly Beat[];
  readonly peers: Readonly<Record<string, PeerState>>;
  readonly instances: Readonly<Record<string, VrrpState>>;
  /** Announcements that are still to come, by instance. */
  readonly announcements: Readonly<Record<string, Announcement>>;
  /** Connections of each instance as last counted: active, inactive. */
  readonly connections: Readonly<Record<string, readonly [number, number]>>;
  readonly syncRoles: Readonly<Record<SyncRole, SyncRoleState>>;
  readonly resync: ResyncState;
  readonly health: HealthState;
  /** What each peer last said of its servers. */
  readonly peerHealth: Readonly<Record<string, PeerHealth>>;
  /** What is known of each track. */
  readonly tracks: Readonly<Record<string, TrackVerdict>>;
  /** On protocol 112: the last advert of each instance that was not believed. */
  readonly refusedAdverts: Readonly<Record<string, RefusedAdvert>>;
  /** The last change of each instance's role. */
  readonly stories: Readonly<Record<string, Story>>;
  /** What is heard on each service interface; empty while nobody has looked. */
  readonly sights: Readonly<Record<string, Sight>>;
}

export interface TrackVerdict {
  readonly holds: boolean;
  /** The number in a file. */
  readonly value: number | undefined;
  readonly why: string;
}

export interface HeardAdvert {
  readonly instance: string;
  readonly from: Ip;
  /** The address that this director's own adverts leave from. */
  readonly own: Ip;
  readonly advert: Advert;
}

export interface RefusedAdvert {
  readonly from: Ip;
  readonly why: string;
  readonly at: Instant;
}

/** A role is wanted while an instance asks for it, and lingers so that its queue is not lost. */
export interface SyncRoleState {
  readonly wanted: boolean;
  readonly lingersUntil: Instant | undefined;
}

export interface Announcement {
  /** The second burst; undefined when it is over. */
  readonly burstAt: Instant | undefined;
  /** On protocol 112: one in each of the next intervals. */
  readonly tail: { readonly at: Instant; readonly left: number } | undefined;
  readonly refreshAt: Instant | undefined;
}

export type DirectorEvent =
  | {
      readonly kind: "started";
      /** Instances whose VIPs this host held a moment ago, and still holds. */
      readonly adopt: readonly string[];
      readonly level: boolean;
      /** Remaining holds, by instance. */
      readonly holds: Readonly<Record<string, Millis>>;
    }
  | { readonly kind: "datagram"; readonly envelope: Envelope; readonly path: number }
  /** Protocol 112: what came in one turn, in its order. */
  | { readonly kind: "adverts"; readonly heard: readonly HeardAdvert[] }
  /** An advert of an instance's router id that can not be believed. */
  | {
      readonly kind: "advertRefused";
      readonly instance: string;
      readonly from: Ip;
      readonly why: string;
    }
  | { readonly kind: "deadline" }
  | { readonly kind: "faulted"; readonly instance: string; readonly fault: Fault }
  | { readonly kind: "repaired"; readonly instance: string; readonly fault: Fault }
  | { readonly kind: "vipsOn"; readonly instance: string }
  | { readonly kind: "vipsOff"; readonly instance: string }
  | { readonly kind: "linkReturned"; readonly instance: string }
  | {
      readonly kind: "counted";
      readonly instance: string;
      readonly connections: readonly [number, number];
    }
  | ({ readonly kind: "failover"; readonly instance: string } & Failover)
  | { readonly kind: "resume"; readonly instance: string }
  | { readonly kind: "takeover"; readonly instance: string; readonly patience: Millis }
  /** A pass through the connection table came to its end. */
  | { readonly kind: "resynced"; readonly result: PassResult }
  /** Packets of clients were seen to have come in since the takeover. */
  | { readonly kind: "served"; readonly instance: string }
  /** One look at a service interface. */
  | { readonly kind: "looked"; readonly interface: string; readonly look: Look }
  /** Probes were answered, or were not. */
  | { readonly kind: "probed"; readonly results: readonly ProbeResult[] }
  /** A track was looked at, and what is known of it has changed. */
  | { readonly kind: "tracked"; readonly track: string; readonly verdict: TrackVerdict }
  /** Somebody decided about a server: now, or in an earlier run. */
  | { readonly kind: "decided"; readonly entry: AdminEntry }
  /** Servers that drained in an earlier run of this boot, of one service. */
  | {
      readonly kind: "drains";
      readonly service: string;
      readonly servers: readonly LeavingServer[];
    }
  /** Servers of one service that drain have no connections here, or somebody wants no more of them. */
  | {
      readonly kind: "drained";
      readonly service: string;
      /** By endpointName. */
      readonly servers: readonly string[];
      readonly why: "empty" | "disabled";
    }
  /** What others synchronised was not heard for a while: the sync link was down. */
  | { readonly kind: "syncMissed" }
  /** An instance that the next configuration does not have lets go for good. */
  | { readonly kind: "retired"; readonly instance: string }
  /** Another configuration has taken over this state: what is new of it begins. */
  | { readonly kind: "reconfigured" }
  | { readonly kind: "stopping" };

export interface DirectorStep {
  readonly state: DirectorState;
  readonly effects: readonly DirectorEffect[];
}
