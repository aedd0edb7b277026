/** The objects of the kernel's IPVS table: identity, settings and observations kept apart. */
import type { Ip } from "../../base/ip.ts";
import type { ServiceKey } from "../../base/service.ts";

export { endpointName, type Protocol, type ServiceKey, serviceName } from "../../base/service.ts";

/** IP_VS_SVC_F_*: what a client of the table may set; PERSISTENT follows from `persistence`. */
export const SERVICE_FLAG = {
  onePacket: 0x0004,
  sched1: 0x0008,
  sched2: 0x0010,
  sched3: 0x0020,
} as const;

export interface ServiceSettings {
  /** As in `ipvsadm -s`; `none` is a service without one. */
  readonly scheduler: string;
  /** A union of SERVICE_FLAG. */
  readonly flags: number;
  /** Persistence timeout in seconds; 0 is not persistent. */
  readonly persistence: number;
  /** Granularity of persistence: IPv4 mask as text (`255.255.255.255`), IPv6 prefix length (`128`). */
  readonly netmask: string;
  /** Persistence engine, `sip` or none. */
  readonly engine: string | undefined;
}

export interface Service extends ServiceSettings {
  readonly key: ServiceKey;
}

/** IP_VS_CONN_F_FWD_MASK by the names of baton.yaml; ipvsadm says Masq, Local, Tunnel, Route. */
export type Forward = "nat" | "local" | "tunnel" | "dr";

export interface Tunnel {
  readonly type: "ipip" | "gue" | "gre";
  /** UDP port of GUE; 0 otherwise. */
  readonly port: number;
  readonly checksum: "none" | "full" | "remote";
}

export interface DestinationKey {
  readonly address: Ip;
  readonly port: number;
}

export interface DestinationSettings {
  readonly forward: Forward;
  readonly weight: number;
  /** 0 is no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnel: Tunnel;
}

export interface Destination extends DestinationKey, DestinationSettings {}

/** IPVS_STATS_ATTR_*: totals, and rates a second. */
export interface Stats {
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
  readonly connectionRate: bigint;
  readonly inPacketRate: bigint;
  readonly outPacketRate: bigint;
  readonly inByteRate: bigint;
  readonly outByteRate: bigint;
}

export interface ObservedService extends Service {
  readonly stats: Stats;
}

export interface ObservedDestination extends Destination {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: Stats;
}

/** As it is read for a list: without counters, which are half the work, where it has none. */
export type Listed<T extends { readonly stats: Stats }> = Omit<T, "stats"> & {
  readonly stats: Stats | undefined;
};

/** One service with its destinations, as read from the kernel. */
export interface ObservedTable {
  readonly service: ObservedService;
  readonly destinations: readonly ObservedDestination[];
}

export type SyncRole = "master" | "backup";

/** A connection-sync daemon; what is undefined is left to the kernel (ipvsadm.md §10). */
export interface SyncDaemon {
  readonly role: SyncRole;
  readonly interface: string;
  readonly syncId: number;
  readonly maxLength: number | undefined;
  readonly group: Ip | undefined;
  readonly port: number | undefined;
  readonly ttl: number | undefined;
}

/** Seconds; 0 in a command leaves the value as it is. */
export interface Timeouts {
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

export interface IpvsInfo {
  /** e.g. `1.2.1`. */
  readonly version: string;
  readonly connectionTableSize: number;
}

/** A change of the table; the kernel carries out a batch in this order. */
export type IpvsCommand =
  | { readonly kind: "addService"; readonly service: Service }
  | { readonly kind: "editService"; readonly service: Service }
  | { readonly kind: "removeService"; readonly key: ServiceKey }
  | {
      readonly kind: "addDestination";
      readonly key: ServiceKey;
      readonly destination: Destination;
    }
  | {
      readonly kind: "editDestination";
      readonly key: ServiceKey;
      readonly destination: Destination;
    }
  | {
      readonly kind: "removeDestination";
      readonly key: ServiceKey;
      readonly destination: DestinationKey;
    }
  | { readonly kind: "startDaemon"; readonly daemon: SyncDaemon }
  | { readonly kind: "stopDaemon"; readonly role: SyncRole }
  | { readonly kind: "setTimeouts"; readonly timeouts: Timeouts }
  | { readonly kind: "zero"; readonly key: ServiceKey | undefined }
  | { readonly kind: "flush" };
