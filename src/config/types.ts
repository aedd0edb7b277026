/** The configuration, every default, reference and unit resolved: what the program runs on. */
import type { Cidr, Family, Ip } from "../base/ip.ts";
import type { Millis } from "../base/units.ts";
import type { Destination, Service, Timeouts } from "../wire/ipvs/types.ts";
import type { Mac } from "../wire/link/ethernet.ts";
import type { Alert } from "./alert-types.ts";
import type { Check, HealthPolicy, Probe, ServerOptions } from "./check-types.ts";
import type { Track, TrackUse } from "./track-types.ts";

/** One baton.yaml, the same value on both directors. Plain JSON data, so that it can be cached. */
export interface Config {
  /** Names the pair; made of the directors' names where the file says nothing. */
  readonly cluster: string;
  readonly directors: readonly Director[];
  readonly heartbeat: Heartbeat;
  readonly instances: readonly Instance[];
  /** What the file says of groups; instances of a group that is not here have one all the same. */
  readonly groups: readonly Group[];
  readonly tracks: readonly Track[];
  /** A named pipe that gets a line at each change of an instance. */
  readonly notifyFifo: string | undefined;
  /** What reads it. */
  readonly notifyFifoScript: Reader | undefined;
  /** One that gets a line at each change of a server or a quorum. */
  readonly serviceFifo: string | undefined;
  readonly serviceFifoScript: Reader | undefined;
  /** Who else is told. */
  readonly alerts: readonly Alert[];
  readonly connectionSync: ConnectionSync | undefined;
  readonly ipvs: IpvsOptions;
  readonly services: readonly VirtualService[];
  /** Every distinct question to a server; checks name them by position. */
  readonly probes: readonly Probe[];
  readonly announce: Announce;
  /** Where Prometheus reads; undefined: nowhere. */
  readonly metrics: { readonly address: Ip; readonly port: number } | undefined;
  /** Where browsers read; undefined: nowhere. */
  readonly page: Page | undefined;
  /** So long every instance is at fault after a start that adopts nothing. */
  readonly startDelay: Millis;
  /** So long a VIP stands without being renewed; undefined is for ever. */
  readonly vipLease: Millis | undefined;
  /** Wait for an interface that does not exist yet instead of refusing to start. */
  readonly waitForInterface: boolean;
  /** What becomes of the IPVS table when the daemon stops. The VIPs always go. */
  readonly onStop: "keep" | "remove";
}

/** A program that reads a pipe, whose path follows its own words. */
export interface Reader {
  readonly command: readonly string[];
  /** As in `Notify`. */
  readonly user: string | undefined;
}

export interface Page {
  readonly address: Ip;
  readonly port: number;
  /** Undefined: it only shows. */
  readonly tokenFile: string | undefined;
  /** In lower case, beside localhost and addresses. */
  readonly names: readonly string[];
}

export interface Director {
  readonly name: string;
  /** nameId(name): the director on the wire. */
  readonly id: number;
  readonly priority: number;
  /** In the order of the file; the first is the director's address in elections. */
  readonly paths: readonly Path[];
}

/** An address that heartbeats are sent to and from. Paths with the same index belong together. */
export interface Path {
  readonly address: Ip;
  /** Where the file names it: the interface that must carry the address. */
  readonly interface: string | undefined;
}

export interface Heartbeat {
  readonly transport: "udp" | "vrrp";
  readonly interval: Millis;
  /** Intervals without a master before it is given up. */
  readonly missed: number;
  readonly port: number;
  /** Undefined: unicast to the peers' paths. */
  readonly multicast: Ip | undefined;
  readonly secretFile: string | undefined;
}

export type Preempt =
  | { readonly kind: "never" }
  | { readonly kind: "immediate" }
  | { readonly kind: "after"; readonly delay: Millis };

export interface Instance {
  readonly name: string;
  /** nameId(name): the instance on the wire. */
  readonly id: number;
  readonly routerId: number;
  readonly interface: string;
  readonly vips: readonly Vip[];
  /** By director's name; every director has one. 255 owns the addresses. */
  readonly priorities: Readonly<Record<string, number>>;
  /** Between two of its own messages: the heartbeat's, or over VRRP its own. */
  readonly interval: Millis;
  readonly preempt: Preempt;
  readonly witness: Witness | undefined;
  /** Instances of one group are master together or not at all. */
  readonly group: string | undefined;
  readonly routes: readonly Route[];
  readonly rules: readonly RoutingRule[];
  readonly tracks: readonly TrackUse[];
  /** It is at fault while its interface is down. */
  readonly trackInterface: boolean;
  readonly notify: Notify;
  /** How it speaks where the transport is vrrp. */
  readonly vrrp: VrrpOptions | undefined;
}

/** Instances that are master together or not at all: what counts for all of them. */
export interface Group {
  readonly name: string;
  readonly tracks: readonly TrackUse[];
  readonly notify: Notify;
}

/** A route that goes with the role. Prefix 0 is the default route. */
export interface Route {
  readonly family: Family;
  readonly to: Cidr;
  readonly via: Ip | undefined;
  readonly interface: string | undefined;
  readonly source: Ip | undefined;
  readonly table: number;
  readonly metric: number | undefined;
  readonly type: "unicast" | "blackhole" | "unreachable" | "prohibit";
}

export interface RoutingRule {
  readonly family: Family;
  readonly from: Cidr | undefined;
  readonly to: Cidr | undefined;
  /** That a packet comes in by. */
  readonly interface: string | undefined;
  readonly mark: number | undefined;
  readonly table: number;
  readonly priority: number;
}

/** Programs with their arguments; empty: nothing is run. */
export interface Notify {
  readonly any: readonly string[];
  readonly master: readonly string[];
  readonly backup: readonly string[];
  readonly fault: readonly string[];
  readonly stop: readonly string[];
  /** Instead of `stop` where a reload takes the instance out of the file. */
  readonly deleted: readonly string[];
  /** Runs in a master that hears one with a lower priority. */
  readonly lowerPriority: readonly string[];
  /** The pipe is told of each change of the priority. */
  readonly priorityChanges: boolean;
  readonly timeout: Millis;
  /** `USER` or `USER:GROUP`, names or numbers; undefined: whom the daemon runs as. */
  readonly user: string | undefined;
}

/** One virtual router on the wire. */
export interface VrrpOptions {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly unicast: boolean;
  readonly group: Ip;
  /** By director's name, where it is not its own address. */
  readonly sources: Readonly<Record<string, Ip>>;
  readonly passwordFile: string | undefined;
  readonly checksumAsV2: boolean;
  readonly minTtl: number;
  /** By director's name, of what comes from it in unicast. */
  readonly peers: Readonly<Record<string, HopLimits>>;
  /** The addresses in an advertisement, in the order of the file; the rest is excluded from it. */
  readonly advertised: readonly Ip[];
  readonly vmac: VirtualMac | undefined;
}

/** How many hops a packet may have left. */
export interface HopLimits {
  readonly min: number;
  readonly max: number;
}

/** The router's own hardware address (RFC 9568 §7.3), on a macvlan over the instance's interface. */
export interface VirtualMac {
  /** The macvlan's name. */
  readonly interface: string;
  readonly mac: Mac;
  /** Adverts leave with the interface's own address instead (keepalived's vmac_xmit_base). */
  readonly advertsFromBase: boolean;
}

/** Neighbours on the instance's interface that answer while the network there is alive. */
export interface Witness {
  readonly addresses: readonly Ip[];
  /** Longer than this a takeover does not wait for one. */
  readonly hold: Millis;
}

export interface Vip extends Cidr {
  readonly interface: string;
  /** Not in the advertisements of the vrrp transport. */
  readonly excluded?: boolean;
  /** Where the file says more than the address: how it is put on. */
  readonly manner?: VipManner;
}

export interface VipManner {
  readonly scope: "global" | "link" | "host";
  readonly broadcast: Ip | undefined;
  readonly noPrefixRoute: boolean;
}

export interface ConnectionSync {
  readonly interface: string;
  readonly syncId: number;
  readonly group: Ip | undefined;
  readonly port: number | undefined;
  readonly ttl: number | undefined;
  readonly maxLength: number | undefined;
}

export interface IpvsOptions {
  /** `share` leaves services that baton did not add alone; `own` removes them. */
  readonly table: "share" | "own";
  readonly timeouts: Timeouts | undefined;
}

export interface VirtualService {
  readonly name: string;
  /** The one whose VIP it listens on, or that a mark names; undefined: it moves with none. */
  readonly instance: string | undefined;
  readonly service: Service;
  readonly servers: readonly Destination[];
  /** Of each server, in their order; all of them must hold. */
  readonly checks: readonly (readonly Check[])[];
  /** Of each server, in their order. */
  readonly own: readonly ServerOptions[];
  /** Serve while the quorum is lost. */
  readonly fallback: readonly Destination[];
  readonly health: HealthPolicy;
}

export interface Announce {
  /** Announcements of each VIP in a burst. */
  readonly repeat: number;
  /** The second burst follows the first after this; 0 is none. */
  readonly delay: Millis;
  /** Between two that leave by one interface; 0 is none. */
  readonly interval: Millis;
  /** One announcement of each VIP this often; 0 is never. */
  readonly refresh: Millis;
}
