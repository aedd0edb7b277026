/** Who really holds the VIPs: this host's kernel, and whoever answers for them on the wire. */
import { messageOf } from "../base/errors.ts";
import { type Ip, parseIp } from "../base/ip.ts";
import { type NeighbourCache, readNeighbourCache } from "../os/neighbours.ts";
import { type ProbeLink, probe } from "../os/packet.ts";
import type { Rtnl } from "../os/rtnl.ts";
import type { Link } from "../wire/rtnl/link.ts";

/** An answer on a local network takes a millisecond. */
const PROBE_LIMIT_MS = 250;
/** Questions at once; each has a socket. */
const PROBES_AT_ONCE = 16;
/** Beyond, VIPs are not asked for: `status` is a glance. */
const MAX_PROBES = 64;

export interface WireVip {
  readonly address: Ip;
  readonly interface: string;
}

export interface WireView {
  readonly address: string;
  readonly interface: string;
  /** On this host's interface, as the kernel says at this moment. */
  readonly here: boolean;
  /** Everybody else who answers for it. */
  readonly answers: readonly Answerer[];
  /** Why nobody was asked. */
  readonly problem: string | undefined;
  /** What this host's neighbour cache has for it. */
  readonly cached: string | undefined;
}

export interface Answerer {
  readonly mac: string;
  /** Undefined where the address is nobody's that this host knows. */
  readonly director: string | undefined;
}

/** The directors' addresses, by which a hardware address is recognised. */
export type PeerAddresses = readonly { readonly director: string; readonly address: string }[];

export async function lookAtWire(
  rtnl: Rtnl,
  vips: readonly WireVip[],
  peers: PeerAddresses,
): Promise<readonly WireView[]> {
  const asked = await askAll(vips, await rtnl.links());
  const addresses = await rtnl.addresses();
  // Read after asking, and not while: the cache is what the asking met.
  const cache = await readNeighbourCache(rtnl);
  const names = namesOf(cache, peers);
  return vips.map((vip, i): WireView => {
    const result = asked[i] ?? { problem: `only the first ${MAX_PROBES} VIPs are asked for` };
    return {
      ...vip,
      here: addresses.some((a) => a.address === vip.address && a.interface === vip.interface),
      answers: (result.macs ?? []).map((mac) => ({ mac, director: names.get(mac) })),
      problem: result.problem,
      cached: cache.get(vip.address),
    };
  });
}

interface Asked {
  readonly macs?: readonly string[];
  readonly problem?: string;
}

async function askAll(vips: readonly WireVip[], links: readonly Link[]): Promise<readonly Asked[]> {
  const results: Asked[] = [];
  const wanted = vips.slice(0, MAX_PROBES);
  for (let start = 0; start < wanted.length; start += PROBES_AT_ONCE) {
    const group = wanted.slice(start, start + PROBES_AT_ONCE);
    results.push(...(await Promise.all(group.map((vip) => askOne(vip, links)))));
  }
  return results;
}

async function askOne(vip: WireVip, links: readonly Link[]): Promise<Asked> {
  const link = probeLink(vip.interface, links);
  if (typeof link === "string") return { problem: link };
  try {
    return { macs: await probe(vip.address, link, { timeout: PROBE_LIMIT_MS }) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** The link to ask on, or why it is none. */
export function probeLink(name: string, links: readonly Link[]): ProbeLink | string {
  const named = links.find((one) => one.name === name);
  // A peer answers by the same virtual MAC, and a backup's link is down: it is asked beside it.
  const beside =
    named?.kind === "macvlan" ? links.find(({ index }) => index === named.lower) : named;
  const link = beside ?? named;
  if (!link) return `there is no interface ${name}`;
  if (!link.up) return `${name} is down`;
  if (link.mac === undefined) return `${name} has no Ethernet address`;
  return { index: link.index, mac: link.mac };
}

export function namesOf(cache: NeighbourCache, peers: PeerAddresses): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { director, address } of peers) {
    const ip = parseIp(address);
    const mac = ip && cache.get(ip);
    if (mac !== undefined) names.set(mac, director);
  }
  return names;
}

/** What of it somebody should look at. */
export function wireAlarms(views: readonly WireView[]): readonly string[] {
  return views.flatMap(({ address, interface: link, here, answers, problem }) => {
    if (problem !== undefined) return [];
    const holders = [...(here ? ["this host"] : []), ...answers.map(answererName)];
    if (holders.length === 0) return [`nobody answers for ${address} on ${link}`];
    if (holders.length === 1) return [];
    return [`${address} is held by ${holders.length} at once: ${holders.join(", ")}`];
  });
}

export const answererName = ({ mac, director }: Answerer): string =>
  director === undefined ? mac : `${director} (${mac})`;
