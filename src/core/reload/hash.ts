/** What a source hash moves when the servers of a service change. */
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

/** ip_vs_sh_reassign: each server fills as many buckets as its weight in turn. */
function buckets(servers: readonly Destination[]): readonly string[] {
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
