/** Options of IP sockets that speak to neighbours (<linux/in.h>, <linux/in6.h>). */
import type { Family } from "../base/ip.ts";
import { setOption, trySetOption } from "./sys.ts";

export const IP_LEVEL = { 4: 0, 6: 41 } as const;
const TOS = { 4: 1, 6: 67 } as const;
const HOPS = { 4: 2, 6: 16 } as const;
const MULTICAST_HOPS = { 4: 33, 6: 18 } as const;
const MULTICAST_LOOP = { 4: 34, 6: 19 } as const;
const TTL = 255;
/** Network control (CS6, RFC 4594), so that a full line drops something else first. */
const TRAFFIC_CLASS = 0xc0;

/** Sends with 255 hops, which no router leaves as they are, and never to itself. Set here and not
 * through dgram, which takes every socket that it is given for an IPv4 one. */
export function asNeighbour(fd: number, family: Family): void {
  const level = IP_LEVEL[family];
  setOption(fd, level, HOPS[family], TTL);
  setOption(fd, level, MULTICAST_HOPS[family], TTL);
  setOption(fd, level, MULTICAST_LOOP[family], 0);
  trySetOption(fd, level, TOS[family], TRAFFIC_CLASS);
}
