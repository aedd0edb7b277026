/** What a source hash does with clients, before the servers of a service change or after. */
import { type Ip, ipBytes } from "../../base/ip.ts";
import { endpointName } from "../../base/service.ts";
import type { Destination } from "../../wire/ipvs/types.ts";

/** IP_VS_SH_TAB_SIZE of ip_vs_sh.c, as kernels are built. */
const SH_BUCKETS = 256;

/** The share of the clients (0 to 1) that would be sent to another server; undefined: no hash. */
export function movedShare(
  scheduler: string,
  before: readonly Destination[],
  after: readonly Destination[],
): number | undefined {
  if (scheduler === "sh") return movedBuckets(before, after);
  return scheduler === "mh" ? movedWeight(before, after) : undefined;
}

/** The kernel puts a new server at the head of its list; who stays keeps its place. */
function movedBuckets(before: readonly Destination[], after: readonly Destination[]): number {
  const next = new Map(after.map((server) => [endpointName(server), server]));
  const known = new Set(before.map(endpointName));
  const stay = [...before].reverse().flatMap((server) => next.get(endpointName(server)) ?? []);
  const come = after.filter((server) => !known.has(endpointName(server))).reverse();
  const was = buckets([...before].reverse());
  const is = buckets([...come, ...stay]);
  const moved = was.filter((server, i) => server !== is[i]).length;
  return moved / SH_BUCKETS;
}

/** hash_32 of linux/hash.h. */
const GOLDEN_RATIO_32 = 0x61c88647;
const SH_BITS = 8;

/** Where `sh` sends a client, whose port it does not look at; `servers` as the kernel lists them.
 * Undefined where nobody takes it: without `fallback` (sh-fallback) the chosen one alone may. */
export function serverByHash(
  client: Ip,
  servers: readonly Hashed[],
  fallback: boolean,
): string | undefined {
  const taking = new Set(servers.filter(({ weight }) => weight > 0).map(endpointName));
  const filled = buckets(servers);
  const bucket = bucketOf(client);
  const chosen = filled[bucket];
  if (chosen === undefined || taking.has(chosen)) return chosen;
  if (!fallback) return undefined;
  // ip_vs_sh_get_fallback adds the bucket's number once more.
  const at = 2 * bucket;
  const others = filled.map((_, offset) => filled[(at + offset) % SH_BUCKETS] ?? "");
  return others.find((name) => taking.has(name));
}

function bucketOf(client: Ip): number {
  const octets = ipBytes(client);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  let folded = 0;
  for (let at = 0; at < octets.length; at += 4) folded ^= view.getUint32(at);
  return Math.imul(folded, GOLDEN_RATIO_32) >>> (32 - SH_BITS);
}

type Hashed = Pick<Destination, "address" | "port" | "weight">;

/** ip_vs_sh_reassign: each server fills as many buckets as its weight in turn. */
function buckets(servers: readonly Hashed[]): readonly string[] {
  const filled: string[] = [];
  for (
    let at = 0;
    filled.length < SH_BUCKETS && servers.length > 0;
    at = (at + 1) % servers.length
  ) {
    const server = servers[at];
    if (!server) break;
    const count = Math.max(1, server.weight);
    for (let i = 0; i < count && filled.length < SH_BUCKETS; i++) filled.push(endpointName(server));
  }
  return filled;
}

/** Maglev moves little more than the share of the table that has to change hands. */
function movedWeight(before: readonly Destination[], after: readonly Destination[]): number {
  const [was, is] = [shares(before), shares(after)];
  let moved = 0;
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    moved += Math.abs((was.get(name) ?? 0) - (is.get(name) ?? 0)) / 2;
  }
  return moved;
}

function shares(servers: readonly Destination[]): ReadonlyMap<string, number> {
  const sum = servers.reduce((total, { weight }) => total + weight, 0);
  return new Map(
    servers.map((server) => [endpointName(server), sum === 0 ? 0 : server.weight / sum]),
  );
}
