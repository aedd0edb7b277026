/** From the health of a service to its part of the table: destinations and their weights. */
import { endpointName } from "../../base/service.ts";
import { after, type Instant, type Millis } from "../../base/units.ts";
import type { VirtualService } from "../../config/types.ts";
import type { Destination } from "../../wire/ipvs/types.ts";
import type { DesiredService } from "../types.ts";
import { entryFor } from "./admin.ts";
import type {
  Circumstances,
  LeavingServer,
  ProbeResult,
  Quorum,
  ServerHealth,
  ServiceHealth,
} from "./types.ts";

/** Steps of a slow start. */
const RAMP_STEPS = 10;

/** The weight of a server that is wholly up: as configured, or as its checks tell. */
export function fullWeight(
  service: VirtualService,
  index: number,
  results: ReadonlyMap<number, ProbeResult>,
): number {
  let weight = service.servers[index]?.weight ?? 0;
  for (const { probe, minWeight, maxWeight } of service.checks[index] ?? []) {
    const told = results.get(probe)?.weight;
    if (told !== undefined) weight = Math.min(Math.max(told, minWeight), maxWeight);
  }
  return weight;
}

function rampStep({ rampSince }: ServerHealth, slowStart: Millis, now: Instant): number {
  if (rampSince === undefined || slowStart <= 0) return RAMP_STEPS;
  return Math.min(RAMP_STEPS, 1 + Math.floor(((now - rampSince) * RAMP_STEPS) / slowStart));
}

export function rampDeadline(
  server: ServerHealth,
  slowStart: Millis,
  now: Instant,
): Instant | undefined {
  const step = rampStep(server, slowStart, now);
  if (server.rampSince === undefined || step >= RAMP_STEPS) return undefined;
  return after(server.rampSince, ((slowStart * step) / RAMP_STEPS) as Millis);
}

/** The part of the table; `same` where it is what it was. */
export function desiredOf(
  before: ServiceHealth,
  { servers, leaving }: Pick<ServiceHealth, "servers" | "leaving">,
  quorum: Quorum,
  about: Circumstances,
): { readonly desired: DesiredService; readonly same: boolean } {
  const destinations: Destination[] = [];
  const asFound: Destination[] = [];
  const fallback = quorum === "lost" && about.service.fallback.length > 0;
  for (const [i, server] of servers.entries()) {
    const placed = place(server, i, fallback, about);
    if (placed.kind === "in") destinations.push(placed.destination);
    else if (placed.kind === "asFound") asFound.push(placed.destination);
  }
  if (fallback) destinations.push(...about.service.fallback);
  destinations.push(...beside(destinations, leaving));
  const { desired } = before;
  if (sameList(desired.destinations, destinations) && sameList(desired.asFound ?? [], asFound)) {
    return { desired, same: true };
  }
  const { service } = about.service;
  const more = asFound.length > 0 ? { asFound } : {};
  return { desired: { service, destinations, ...more }, same: false };
}

/** A server that leaves may be the fallback as well. */
function beside(
  destinations: readonly Destination[],
  leaving: readonly LeavingServer[],
): readonly Destination[] {
  if (leaving.length === 0) return [];
  const there = new Set(destinations.map(endpointName));
  return leaving
    .map(({ destination }) => destination)
    .filter((one) => !there.has(endpointName(one)));
}

type Placed =
  | { readonly kind: "out" }
  | { readonly kind: "in" | "asFound"; readonly destination: Destination };

const OUT: Placed = { kind: "out" };

function place(
  server: ServerHealth,
  index: number,
  fallback: boolean,
  { service, admin, results, now }: Circumstances,
): Placed {
  const destination = service.servers[index];
  if (!destination) return OUT;
  const decided = entryFor(admin, service.name, destination);
  if (decided?.action === "disable") return OUT;
  const resting = { ...destination, weight: 0 };
  switch (server.kind) {
    case "checking":
      return { kind: "asFound", destination };
    case "down":
      return (service.own[index]?.onFailure ?? service.health.onFailure) === "weight0"
        ? { kind: "in", destination: resting }
        : OUT;
    case "up":
    case "doubted": {
      if (decided?.action === "drain") return { kind: "in", destination: resting };
      if (fallback) return OUT;
      const full = fullWeight(service, index, results);
      const step = rampStep(server, service.health.slowStart, now);
      const weight = Math.ceil((full * step) / RAMP_STEPS);
      const same = weight === destination.weight;
      return { kind: "in", destination: same ? destination : { ...destination, weight } };
    }
  }
}

const sameList = (a: readonly Destination[], b: readonly Destination[]): boolean =>
  a.length === b.length &&
  a.every((one, i) => {
    const two = b[i];
    return (
      one === two ||
      (one.address === two?.address && one.port === two.port && one.weight === two.weight)
    );
  });
