/** The shape of `baton status --json`; `format` changes when a field changes its meaning.
 *
 * Durations end in `Ms`, and are ages where they end in `AgoMs`. A missing value is unknown.
 */
import type { Decision } from "../health/decision.ts";
export interface Snapshot {
  readonly format: 1;
  readonly director: string;
  readonly cluster: string;
  readonly configDigest: string;
  /** The version of the program; undefined: a daemon of the first ones answers. */
  readonly baton: string | undefined;
  readonly configuration: {
    readonly file: string;
    readonly loadedAgoMs: number;
    /** What became of the last reload; undefined: there was none. */
    readonly lastReload:
      | {
          readonly agoMs: number;
          readonly time: string;
          readonly done: boolean;
          readonly sentence: string;
        }
      | undefined;
    /** It goes back by itself then; undefined: it stays. */
    readonly goesBackInMs: number | undefined;
  };
  readonly heartbeat: {
    readonly transport: string;
    readonly intervalMs: number;
    readonly missed: number;
    readonly port: number;
    readonly authenticated: boolean;
  };
  readonly instances: readonly InstanceSnapshot[];
  readonly peers: readonly PeerSnapshot[];
  readonly services: readonly ServiceSnapshot[];
  /** In the kernel, but neither configured nor added by baton. */
  readonly foreignServices: readonly string[];
  readonly sync: SyncSnapshot | undefined;
  readonly ipvs: { readonly problem: string | undefined; readonly readAgoMs: number | undefined };
  /** Refused datagrams by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  readonly repairs: readonly { readonly agoMs: number; readonly what: string }[];
  readonly history: readonly {
    readonly instance: string;
    readonly from: string;
    readonly to: string;
    readonly why: string;
    readonly agoMs: number;
    readonly time: string;
  }[];
  /** The last changes of servers' states, the oldest first. */
  readonly serverHistory: readonly {
    readonly service: string;
    readonly server: string;
    readonly from: string;
    readonly to: string;
    readonly why: string;
    readonly agoMs: number;
    readonly time: string;
  }[];
  /** What people said of servers on any director, since this one started; the oldest first. */
  readonly decisions: readonly (Decision & { readonly agoMs: number })[];
  /** Who else is told of what happens. */
  readonly alerts: readonly {
    readonly name: string;
    readonly kind: "mail" | "webhook" | "exec";
    /** Events. */
    readonly delivered: number;
    readonly waiting: number;
    readonly dropped: number;
    /** Deliveries that failed since the last one that did not. */
    readonly failures: number;
    readonly lastFailure:
      | { readonly why: string; readonly agoMs: number; readonly time: string }
      | undefined;
  }[];
  readonly loop: { readonly worstLagMs: number; readonly recentLagMs: number };
  /** What somebody should look at, a sentence each. */
  readonly alarms: readonly string[];
}

export interface StorySnapshot {
  readonly kind: "took" | "gave";
  readonly agoMs: number;
  readonly text: string;
  /** Before the beginning: the last claim of the master before. */
  readonly heardBeforeMs: number | undefined;
  /** `vips`, `announced`, `served`; or `asked`, `claimed`, `vipsOff`, `released`, `over`. */
  readonly afterMs: Readonly<Record<string, number>>;
}

export interface InstanceSnapshot {
  readonly name: string;
  readonly group: string | undefined;
  readonly routerId: number;
  readonly interface: string;
  /** How it speaks on the vrrp transport; undefined on another. */
  readonly vrrp:
    | {
        readonly version: number;
        /** `multicast to 224.0.0.18`, or `unicast`. */
        readonly mode: string;
        readonly advertised: readonly string[];
        /** Between its own advertisements. */
        readonly intervalMs: number;
        /** So long it lets a worse master serve before it takes over; undefined: for ever. */
        readonly preemptAfterMs: number | undefined;
        readonly vmac: { readonly interface: string; readonly mac: string } | undefined;
      }
    | undefined;
  readonly state: string;
  readonly sinceMs: number;
  /** The last transition's cause in words. */
  readonly why: string;
  /** The times of the last change of the role, in words and in milliseconds since its beginning. */
  readonly story: StorySnapshot | undefined;
  readonly priority: number;
  readonly effectivePriority: number;
  readonly level: boolean;
  readonly holdMs: number | undefined;
  readonly faults: readonly string[];
  /** What is tracked for it. `holds` undefined: nobody has looked yet. */
  readonly tracks: readonly {
    readonly name: string;
    /** 0: it is at fault while the track has failed. */
    readonly weight: number;
    readonly holds: boolean | undefined;
    readonly why: string | undefined;
  }[];
  /** Who is master as far as this director knows. */
  readonly master: string | undefined;
  readonly vips: readonly {
    readonly vip: string;
    readonly interface: string;
    readonly wanted: boolean;
    /** Really on the interface, as the kernel says. */
    readonly present: boolean;
  }[];
  readonly peers: readonly {
    readonly director: string;
    readonly state: string;
    readonly claims: boolean;
    readonly priority: number;
    readonly level: boolean;
    readonly hold: boolean;
    readonly serviceable: boolean;
    readonly hearsUs: boolean;
    readonly heardAgoMs: number;
    readonly follows: string | undefined;
    readonly connections: { readonly active: number; readonly inactive: number };
    readonly sameVips: boolean;
  }[];
}

export interface PeerSnapshot {
  readonly director: string;
  /** On the vrrp transport: it speaks as a master, for a backup is silent there. */
  readonly alive: boolean;
  readonly heardAgoMs: number | undefined;
  /** Undefined on the vrrp transport, which does not tell. */
  readonly hearsUs: boolean | undefined;
  readonly configDigest: string | undefined;
  /** The version of its program; undefined: one of the first, which do not say, or not known. */
  readonly baton: string | undefined;
  readonly sameConfig: boolean | undefined;
  readonly paths: readonly PathSnapshot[];
}

export interface PathSnapshot {
  readonly path: number;
  readonly from: string;
  readonly to: string;
  readonly heardAgoMs: number | undefined;
  readonly received: number;
  readonly lost: number;
  readonly jitterMs: number | undefined;
  readonly hearsUsAgoMs: number | undefined;
}

/** What IPVS counts. Outgoing is what passes the director: with `dr` and `tunnel` it is 0. */
export interface TrafficSnapshot {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

export interface ServiceSnapshot {
  readonly name: string;
  readonly listen: string;
  readonly instance: string | undefined;
  readonly scheduler: string;
  readonly inKernel: boolean;
  /** A second's worth, by the kernel's estimator. */
  readonly rates: TrafficSnapshot | undefined;
  /** Since it stands in the table, or was zeroed. */
  readonly totals: TrafficSnapshot | undefined;
  /** Undefined where nothing is checked. */
  readonly health: HealthSnapshot | undefined;
  readonly servers: readonly {
    readonly address: string;
    readonly port: number;
    readonly forward: string;
    /** As configured. */
    readonly weight: number;
    readonly inKernel: boolean;
    /** As the kernel has it. */
    readonly kernelWeight: number | undefined;
    readonly health: ServerHealthSnapshot;
    readonly activeConnections: number | undefined;
    readonly inactiveConnections: number | undefined;
    /** As the service's. */
    readonly rates: TrafficSnapshot | undefined;
    readonly totals: TrafficSnapshot | undefined;
  }[];
}

export interface HealthSnapshot {
  readonly quorum: "unknown" | "held" | "lost";
  readonly quorumSinceMs: number;
  /** Summed weight. */
  readonly wanted: number;
  readonly hysteresis: number;
  /** The fallback serves. */
  readonly fallback: boolean;
  /** So long more servers than may go at once seem to have failed. */
  readonly doubtMs: number | undefined;
  /** Another director sees them up. */
  readonly local: boolean;
}

export interface ServerHealthSnapshot {
  /** `leaving`: it is not in the file any more, and drains. */
  readonly state: "checking" | "up" | "doubted" | "down" | "leaving";
  readonly reason: string;
  readonly sinceMs: number;
  /** It flaps, and is kept out so much longer. */
  readonly heldMs: number | undefined;
  readonly rampsSinceMs: number | undefined;
  /** What somebody decided about it. */
  readonly admin:
    | {
        readonly action: string;
        readonly text: string;
        readonly who: string;
        readonly reason: string;
        readonly time: string;
        readonly by: string;
        readonly leftMs: number | undefined;
      }
    | undefined;
  readonly checks: readonly CheckSnapshot[];
}

export interface CheckSnapshot {
  readonly kind: string;
  readonly verdict: "unknown" | "up" | "down";
  readonly answer:
    | {
        readonly ok: boolean;
        readonly reason: string;
        readonly warning: string | undefined;
        /** So many like it in a row; a change takes `needed`. */
        readonly run: number;
        readonly needed: number;
        readonly latencyMs: number;
        readonly agoMs: number;
      }
    | undefined;
  readonly nextMs: number | undefined;
}

export interface SyncSnapshot {
  readonly interface: string;
  readonly syncId: number;
  readonly wanted: readonly string[];
  readonly running: readonly string[];
  readonly resync: {
    /** The last pass of this director's, in words. */
    readonly last: string | undefined;
    readonly lastAgoMs: number | undefined;
    readonly runningMs: number | undefined;
    /** Instances whose connections this host is being taught. */
    readonly learning: readonly {
      readonly instance: string;
      readonly from: string;
      readonly forMs: number;
    }[];
  };
}
