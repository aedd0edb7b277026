/** The levels: what the kernel should be like. The newest value wins; the daemon brings it about. */
import type { Cidr } from "../base/ip.ts";
import type { Route, RoutingRule, VipManner } from "../config/types.ts";
import type { Destination, Service, SyncDaemon, Timeouts } from "../wire/ipvs/types.ts";
import type { Mac } from "../wire/link/ethernet.ts";

/** A VIP where it should stand, or stands. */
export interface PlacedVip extends Cidr {
  readonly interface: string;
  /** How it is put on, where that is not the usual way; it stands all the same otherwise. */
  readonly manner?: VipManner | undefined;
}

/** The link of a virtual MAC: there while its instance runs, up where the VIPs are to stand. */
export interface DesiredVmac {
  readonly name: string;
  /** The interface that it is made over. */
  readonly base: string;
  readonly mac: Mac;
  readonly up: boolean;
  /** Without a VIP of the family nothing of it is spoken there. */
  readonly ipv6: boolean;
  /** Another director may speak from a VIP, which it owns. */
  readonly hearsOwner: boolean;
}

export interface DesiredService {
  readonly service: Service;
  readonly destinations: readonly Destination[];
  /** Not judged yet: neither added nor removed. */
  readonly asFound?: readonly Destination[];
}

export interface Desired {
  readonly vmacs: readonly DesiredVmac[];
  readonly vips: readonly PlacedVip[];
  readonly routes: readonly Route[];
  readonly rules: readonly RoutingRule[];
  readonly services: readonly DesiredService[];
  readonly timeouts: Timeouts | undefined;
  readonly daemons: readonly SyncDaemon[];
  /** Path below /proc/sys with dots, e.g. `net.ipv4.vs.sync_threshold`, to its value. */
  readonly sysctls: Readonly<Record<string, string>>;
}
