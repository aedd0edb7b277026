/** Everything that doctor looks at, as it was found; rules judge it. */
import type { Cidr, Ip } from "../base/ip.ts";
import type { Config, Director } from "../config/types.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { Link } from "../wire/rtnl/link.ts";
import type { Advert } from "../wire/vrrp/types.ts";
import type { Ruleset } from "./firewall/ruleset.ts";

/** What was looked at, or why that could not be. */
export type Looked<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "unseen"; readonly why: string };

export const seen = <T>(value: T): Looked<T> => ({ kind: "seen", value });
export const unseen = (why: string): Looked<never> => ({ kind: "unseen", why });

/** What any host has, whatever the configuration says. */
export interface HostFindings {
  readonly uid: number;
  readonly kernel: string;
  readonly links: readonly Link[];
  readonly addresses: readonly AddressFact[];
  readonly routes: readonly RouteFact[];
  /** By their dotted names; what the kernel does not have is not there. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly modules: ModuleFacts;
  readonly processes: readonly ProcessFact[];
  readonly managed: readonly ManagedLink[];
  /** Undefined where it does not run. */
  readonly networkd: NetworkdFact | undefined;
  /** The neighbour cache, for names of hardware addresses. */
  readonly neighbours: readonly NeighbourFact[];
  /** Multicast groups that programs of this host have joined. */
  readonly groups: readonly GroupOn[];
  readonly clock: Looked<ClockFact>;
  readonly space: readonly SpaceFact[];
  readonly daemon: DaemonFact;
  readonly firewall: Firewall;
}

/** What was found for one configuration. */
export interface PairFindings {
  /** Undefined where the configuration names none. */
  readonly secret: Looked<SecretFact> | undefined;
  readonly answers: readonly AnswerFact[];
  /** Empty: nobody listened. */
  readonly adverts: readonly HeardOn[];
  readonly bridges: readonly BridgeFact[];
}

export type Facts = HostFindings & PairFindings;

/** A configuration on this host; `self` undefined: which director this is was not found. */
export interface Pair {
  readonly config: Config;
  readonly digest: string;
  readonly self: Director | undefined;
  readonly facts: Facts;
}

export interface AddressFact extends Cidr {
  readonly interface: string;
  /** The interface's name, or an alias. */
  readonly label: string;
  readonly validSeconds: number | undefined;
  readonly dadFailed: boolean;
}

/** Of the main table. Prefix 0 is the default route. */
export interface RouteFact {
  readonly to: Cidr;
  readonly via: Ip | undefined;
  readonly interface: string;
  readonly metric: number;
}

/** `available`: modprobe can load it. `unknown`: this host has no folder of modules. */
export type ModuleState = "loaded" | "available" | "missing" | "unknown";

export interface ModuleFacts {
  readonly states: Readonly<Record<string, ModuleState>>;
  /** Folders of other kernels, where the running one's is not there. */
  readonly otherKernels: readonly string[];
  /** kernel.modules_disabled: nothing can be loaded any more. */
  readonly locked: boolean;
}

/** A process of this network namespace, as far as this user may see that. */
export interface ProcessFact {
  readonly pid: number;
  /** At most 15 characters. */
  readonly name: string;
  readonly words: readonly string[];
}

export interface NeighbourFact {
  readonly address: Ip;
  readonly mac: string;
}

export interface GroupOn {
  readonly group: Ip;
  readonly interface: string;
}

/** What it takes for its own: ManageForeignRoutes=, ManageForeignRoutingPolicyRules=. */
export interface NetworkdFact {
  readonly takesRoutes: boolean;
  readonly takesRules: boolean;
}

export interface ManagedLink {
  readonly link: string;
  readonly manager: "NetworkManager" | "systemd-networkd" | "ifupdown";
  /** KeepConfiguration= lets foreign addresses stand. */
  readonly keeps: boolean;
  /** The file by which it manages the link. */
  readonly file: string | undefined;
}

export interface ClockFact {
  readonly synchronised: boolean;
  /** Who said so. */
  readonly by: string;
}

export interface SpaceFact {
  readonly path: string;
  readonly freeBytes: number;
  /** Undefined on file systems that have no limit. */
  readonly freeFiles: number | undefined;
}

export type DaemonFact =
  | { readonly kind: "running"; readonly snapshot: Snapshot }
  | { readonly kind: "none" }
  | { readonly kind: "silent"; readonly pid: number | undefined }
  | { readonly kind: "unseen"; readonly why: string };

export interface Firewall {
  readonly nft: Looked<Ruleset>;
  /** Tables that the old iptables holds, which nft does not show. */
  readonly legacyTables: readonly string[];
}

export interface SecretFact {
  readonly path: string;
  /** Of the shortest key, in octets. */
  readonly shortest: number;
}

/** Who answered for an address on a link when it was asked for: never this host. */
export interface AnswerFact {
  readonly address: Ip;
  readonly interface: string;
  readonly macs: Looked<readonly string[]>;
}

export interface HeardOn {
  readonly interface: string;
  readonly seconds: number;
  readonly heard: Looked<readonly HeardAdvert[]>;
}

/** The last advertisement of one router from one source. */
export interface HeardAdvert {
  readonly source: Ip;
  readonly destination: Ip;
  /** In words where it could not be read. */
  readonly advert: Advert | string;
}

/** A bridge of this host that an interface belongs to, or is. */
export interface BridgeFact {
  readonly interface: string;
  readonly bridge: string;
  readonly snooping: boolean;
  readonly querier: boolean;
}
