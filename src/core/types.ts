/** The levels: what the kernel should be like. The newest value wins; the daemon brings it about. */
import type { Cidr } from "../base/ip.ts";
import type { Route, RoutingRule, VipManner } from "../config/types.ts";
import type { Destination, Service, SyncDaemon, Timeouts } from "../wire/ipvs/types.ts";

/** A VIP where it should stand, or stands. */
export interface PlacedVip extends Cidr {
  readonly interface: string;
  /** How it is put on, where that is not the usual way; it stands all the same otherwise. */
  readonly manner?: VipManner | undefined;
}

export interface DesiredService {
  readonly service: Service;
  readonly destinations: readonly Destination[];
  /** Not judged yet: neither added nor removed. */
  readonly asFound?: readonly Destination[];
}

export interface Desired {
  readonly vips: readonly PlacedVip[];
  readonly routes: readonly Route[];
  readonly rules: readonly RoutingRule[];
  readonly services: readonly DesiredService[];
  readonly timeouts: Timeouts | undefined;
  readonly daemons: readonly SyncDaemon[];
  /** Path below /proc/sys with dots, e.g. `net.ipv4.vs.sync_threshold`, to its value. */
  readonly sysctls: Readonly<Record<string, string>>;
}
