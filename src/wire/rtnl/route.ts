/** Routes and routing rules as rtnetlink wants them (linux/rtnetlink.h, linux/fib_rules.h). */
import { type Cidr, type Family, type Ip, ipBytes } from "../../base/ip.ts";
import { AttributeWriter } from "../netlink/attributes.ts";

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;

const AF = { 4: 2, 6: 10 } as const;
const RTA = { dst: 1, oif: 4, gateway: 5, priority: 6, prefsrc: 7, table: 15 } as const;
const FRA = { dst: 1, src: 2, iif: 3, priority: 6, mark: 10, table: 15, protocol: 21 } as const;
const TYPES = { unicast: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
/** Of both structures. */
const HEADER_LENGTH = 12;
const SCOPE_LINK = 253;
const ACTION_TO_TABLE = 1;
/** Who made it (RTPROT_*): baton takes away its own alone. No other program is known to use it. */
const PROTOCOL = 112;

export type RouteType = keyof typeof TYPES;

export interface NewRoute {
  readonly family: Family;
  /** Prefix 0 is the default route. */
  readonly to: Cidr;
  readonly via: Ip | undefined;
  /** Index of the link. */
  readonly index: number | undefined;
  readonly source: Ip | undefined;
  readonly table: number;
  readonly metric: number | undefined;
  readonly type: RouteType;
}

/**
 *     +--------+--------+--------+--------+--------+--------+--------+--------+
 *     |family  |to      |from    |tos     |table   |protocol|scope   |type    |  rtmsg
 *     +--------+--------+--------+--------+--------+--------+--------+--------+
 *     |              flags                |
 *     +-----------------------------------+
 *
 * For RTM_NEWROUTE and RTM_DELROUTE.
 */
export function encodeRoute(route: NewRoute): Uint8Array {
  const near = route.family === 4 && route.via === undefined && route.type === "unicast";
  const header = new Uint8Array(HEADER_LENGTH);
  header.set([AF[route.family], route.to.prefix, 0, 0]);
  header.set([0, PROTOCOL, near ? SCOPE_LINK : 0, TYPES[route.type]], 4);
  const writer = new AttributeWriter(header);
  if (route.to.prefix > 0) writer.bytes(RTA.dst, ipBytes(route.to.address));
  if (route.index !== undefined) writer.u32(RTA.oif, route.index);
  if (route.via !== undefined) writer.bytes(RTA.gateway, ipBytes(route.via));
  if (route.metric !== undefined) writer.u32(RTA.priority, route.metric);
  if (route.source !== undefined) writer.bytes(RTA.prefsrc, ipBytes(route.source));
  return writer.u32(RTA.table, route.table).finish();
}

export interface NewRule {
  readonly family: Family;
  readonly from: Cidr | undefined;
  readonly to: Cidr | undefined;
  /** That a packet comes in by. */
  readonly interface: string | undefined;
  readonly mark: number | undefined;
  readonly table: number;
  readonly priority: number;
}

/**
 *     +--------+--------+--------+--------+--------+--------+--------+--------+
 *     |family  |to      |from    |tos     |table   |   0    |   0    |action  |  fib_rule_hdr
 *     +--------+--------+--------+--------+--------+--------+--------+--------+
 *     |              flags                |
 *     +-----------------------------------+
 *
 * For RTM_NEWRULE and RTM_DELRULE.
 */
export function encodeRule(rule: NewRule): Uint8Array {
  const { from, to } = rule;
  const header = new Uint8Array(HEADER_LENGTH);
  header.set([AF[rule.family], to?.prefix ?? 0, from?.prefix ?? 0, 0]);
  header.set([0, 0, 0, ACTION_TO_TABLE], 4);
  const writer = new AttributeWriter(header);
  if (to) writer.bytes(FRA.dst, ipBytes(to.address));
  if (from) writer.bytes(FRA.src, ipBytes(from.address));
  if (rule.interface !== undefined) writer.string(FRA.iif, rule.interface);
  writer.u32(FRA.priority, rule.priority);
  if (rule.mark !== undefined) writer.u32(FRA.mark, rule.mark);
  return writer.u32(FRA.table, rule.table).u8(FRA.protocol, PROTOCOL).finish();
}
