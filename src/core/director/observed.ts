/** What the daemon last read of this host's kernel, and of itself: the facts beside the decisions. */
import type { Instant, Millis } from "../../base/units.ts";
import type { ObservedTable, SyncDaemon } from "../../wire/ipvs/types.ts";
import type { AlertFacts } from "../alert/types.ts";
import type { Decision } from "../health/decision.ts";
import type { PlacedVip } from "../types.ts";

export interface Observed {
  /** Every address of the host; VIPs among them. */
  readonly addresses: readonly PlacedVip[];
  /** Undefined until the table was read once, or where there is no IPVS. */
  readonly ipvs: ObservedIpvs | undefined;
  /** Why IPVS cannot be used, in words. */
  readonly ipvsProblem: string | undefined;
  /** Reason → how many datagrams were refused. */
  readonly discarded: Readonly<Record<string, number>>;
  /** Why the servers are not asked, in words. */
  readonly checksProblem: string | undefined;
  /** Why the journal loses lines, in words. */
  readonly journalProblem: string | undefined;
  readonly alerts: readonly AlertFacts[];
  readonly repairs: readonly Repair[];
  readonly history: readonly PastTransition[];
  readonly serverHistory: readonly PastServerChange[];
  readonly decisions: readonly PastDecision[];
  /** Where the configuration comes from, and what became of the last reload. */
  readonly configuration: ConfigurationFacts;
  /** How late the loop woke up at worst, since the start and within the last minute. */
  readonly lag: { readonly worst: Millis; readonly recent: Millis };
}

export interface ConfigurationFacts {
  readonly file: string;
  readonly loadedAt: Instant;
  readonly lastReload: ReloadFact | undefined;
  /** It goes back to the one before then, unless somebody confirms it. */
  readonly confirmUntil: Instant | undefined;
}

export interface ReloadFact {
  readonly at: Instant;
  /** Wall clock, for people. */
  readonly time: string;
  readonly done: boolean;
  readonly sentence: string;
}

export interface ObservedIpvs {
  readonly tables: readonly ObservedTable[];
  readonly daemons: readonly SyncDaemon[];
  readonly foreign: readonly string[];
  readonly readAt: Instant;
}

/** Something that was not as desired, and was put right. */
export interface Repair {
  readonly at: Instant;
  readonly what: string;
}

export interface PastTransition {
  readonly instance: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
  readonly at: Instant;
  /** Wall clock, for people. */
  readonly time: string;
}

/** A server that another state was found of. */
export interface PastServerChange {
  readonly service: string;
  /** `ADDRESS:PORT`. */
  readonly server: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
  readonly at: Instant;
  /** Wall clock, for people. */
  readonly time: string;
}

/** What somebody said of a server, when it was heard here. */
export interface PastDecision extends Decision {
  readonly at: Instant;
}
