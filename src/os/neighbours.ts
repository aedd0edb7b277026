/** What this host's neighbour cache says of addresses, as its owner would look it up. */
import { getTable } from "@network-utils/arp-lookup";
import { familyOf, type Ip, parseIp } from "../base/ip.ts";
import { type Mac, parseMac } from "../wire/link/ethernet.ts";
import type { Rtnl } from "./rtnl.ts";

/** The library runs `arp -an` in a shell and waits for it without end. */
const LOOKUP_LIMIT_MS = 1000;

export type NeighbourCache = ReadonlyMap<Ip, Mac>;

/**
 * IPv4 by the ARP table as `arp` prints it, or by rtnetlink where net-tools is missing or slow;
 * IPv6, which `arp` does not know, by rtnetlink.
 */
export async function readNeighbourCache(rtnl: Rtnl): Promise<NeighbourCache> {
  const [arp, kernel] = await Promise.all([lookup(), rtnl.neighbours()]);
  const cache = new Map<Ip, Mac>();
  for (const { address, mac } of kernel) {
    const wanted = arp === undefined || familyOf(address) === 6;
    if (wanted && mac !== undefined) cache.set(address, mac);
  }
  for (const { ip, mac } of arp ?? []) {
    const address = parseIp(ip);
    const hardware = parseMac(mac);
    if (address !== undefined && hardware !== undefined) cache.set(address, hardware);
  }
  return cache;
}

/** Undefined where it failed, or took too long. */
async function lookup(): Promise<Awaited<ReturnType<typeof getTable>> | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOOKUP_LIMIT_MS);
  });
  try {
    return await Promise.race([getTable().catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
