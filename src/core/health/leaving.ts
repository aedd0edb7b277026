/** Servers that a reload took out of the file: they keep their connections for a while. */
import { endpointName } from "../../base/service.ts";
import { after, earliest, type Instant } from "../../base/units.ts";
import type { VirtualService } from "../../config/types.ts";
import type { Destination } from "../../wire/ipvs/types.ts";
import type { LeavingChange, LeavingServer, ServiceHealth } from "./types.ts";

/** Of one service; the latest stay. */
export const MAX_LEAVING = 1024;

/** What drains of a service after a reload: what drained before, and what it takes out now.
 *
 * A server that is out of the table has nothing to keep.
 */
export function leavingAfter(
  before: Pick<ServiceHealth, "leaving" | "desired">,
  removed: readonly Destination[],
  service: VirtualService,
  now: Instant,
): readonly LeavingServer[] {
  const { desired, leaving } = before;
  const standing = new Set(
    [...desired.destinations, ...(desired.asFound ?? [])].map((one) => endpointName(one)),
  );
  const until = after(now, service.health.drainLimit);
  const fresh = removed
    .filter((server) => standing.has(endpointName(server)))
    .map((server) => ({ destination: resting(server), since: now, until }));
  return admissible([...leaving, ...fresh], service);
}

/** Those that the configuration lets drain: a server that is in the file again serves. */
export function admissible(
  leaving: readonly LeavingServer[],
  { health, servers }: VirtualService,
): readonly LeavingServer[] {
  if (health.removal !== "drain" || leaving.length === 0) return [];
  const known = new Set(servers.map(endpointName));
  return leaving
    .filter(({ destination }) => !known.has(endpointName(destination)))
    .slice(-MAX_LEAVING);
}

const resting = (server: Destination): Destination => ({ ...server, weight: 0 });

/** Without those whose time is over; the same list where nobody's is. */
export function inTime(leaving: readonly LeavingServer[], now: Instant): readonly LeavingServer[] {
  const left = leaving.filter(({ until }) => until > now);
  return left.length === leaving.length ? leaving : left;
}

export const leavingDeadline = (leaving: readonly LeavingServer[]): Instant | undefined =>
  earliest(...leaving.map(({ until }) => until));

/** A change for each that is not there any more. */
export function gone(
  service: VirtualService,
  before: readonly LeavingServer[],
  left: readonly LeavingServer[],
  why: string,
): readonly LeavingChange[] {
  if (before === left) return [];
  const there = new Set(left.map(({ destination }) => endpointName(destination)));
  return before
    .map(({ destination }) => endpointName(destination))
    .filter((server) => !there.has(server))
    .map((server) => ({ kind: "left", service: service.name, server, why }));
}
