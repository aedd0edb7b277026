/** What directors tell each other about servers: decisions of people, findings of checks. */
import { nameId } from "../../base/hash.ts";
import type { Ip } from "../../base/ip.ts";
import { after, elapsed, type Instant, ms } from "../../base/units.ts";
import type { Decision, Envelope, HealthReport } from "../../wire/heartbeat/types.ts";
import type { AdminEntry, PeerOpinion, ServiceHealth } from "../health/types.ts";
import type { DirectorState, PeerHealth, Setup } from "./types.ts";

/** In one datagram beside a few instances: the newest decision, and the others in turn. */
const DECISIONS_A_PART = 2;
const SERVICES_A_PART = 24;

export type ServersPart = Pick<Envelope, "decisions" | "health">;

export const NOTHING_SAID: ServersPart = { decisions: [], health: undefined };

export function serversPart(state: DirectorState, turn: number, now: Instant): ServersPart {
  return { decisions: decisionsOf(state, turn, now), health: healthReport(state) };
}

function decisionsOf(
  { health, setup }: DirectorState,
  turn: number,
  now: Instant,
): readonly Decision[] {
  const [newest, ...others] = health.admin;
  if (!newest) return [];
  const inTurn = Array.from(
    { length: Math.min(DECISIONS_A_PART - 1, others.length) },
    (_, i) => others[(turn + i) % others.length],
  );
  return [newest, ...inTurn].flatMap((entry) => (entry ? [decisionOf(setup, entry, now)] : []));
}

/** A port of 0 is every port. */
const decisionOf = (setup: Setup, entry: AdminEntry, now: Instant): Decision => ({
  action: entry.action,
  version: entry.version,
  director: entry.director === setup.self ? setup.selfId : nameId(entry.director),
  left: entry.until === undefined ? ms(0) : ms(Math.max(1, elapsed(now, entry.until))),
  port: entry.port ?? 0,
  address: entry.address,
  service: entry.service ?? "",
  who: entry.who,
  reason: entry.reason,
  time: entry.time,
});

/** What another director says; its clock is its own, so that ends come as what is left. */
export function entryOf(setup: Setup, decision: Decision, now: Instant): AdminEntry {
  const { director, left, port, service, address, ...rest } = decision;
  const from = director === setup.selfId ? setup.self : setup.peersById[director]?.name;
  return {
    ...rest,
    address: address as Ip,
    director: from ?? `director ${director}`,
    port: port === 0 ? undefined : port,
    service: service === "" ? undefined : service,
    until: left === 0 ? undefined : after(now, left),
  };
}

/** Undefined where nothing is checked. */
function healthReport({ health, setup }: DirectorState): HealthReport | undefined {
  if (setup.config.probes.length === 0) return undefined;
  const listed: HealthReport["services"][number][] = [];
  let more = false;
  for (const [position, service] of health.services.entries()) {
    const up = countUp(service);
    if (up === service.servers.length) continue;
    if (listed.length >= SERVICES_A_PART) more = true;
    else listed.push({ id: setup.serviceIds[position] ?? 0, up });
  }
  return { more, services: listed };
}

/** What the answers say, whatever follows from it; undefined while not everybody has answered. */
function countUp({ servers }: ServiceHealth): number | undefined {
  if (servers.some(({ kind }) => kind === "checking")) return undefined;
  return servers.filter(({ verdicts }) => verdicts.every((verdict) => verdict === "up")).length;
}

export const peerHealthOf = (report: HealthReport, now: Instant): PeerHealth => ({
  heardAt: now,
  more: report.more,
  up: new Map(report.services.map(({ id, up }) => [id, up])),
});

/** What the living peers with the same configuration say of a service. */
export function opinionsOf(
  state: DirectorState,
  position: number,
  now: Instant,
): readonly PeerOpinion[] {
  const { setup } = state;
  const id = setup.serviceIds[position] ?? 0;
  const total = setup.config.services[position]?.servers.length ?? 0;
  const limit = setup.config.heartbeat.interval * setup.config.heartbeat.missed;
  return Object.values(state.peers).flatMap((peer): readonly PeerOpinion[] => {
    const said = state.peerHealth[peer.name];
    const alive = peer.heardAt !== undefined && elapsed(peer.heardAt, now) < limit;
    if (!said || !alive || peer.configDigest !== setup.configDigest) return [];
    if (!said.up.has(id)) {
      return said.more ? [] : [{ director: peer.name, up: total, heardAt: said.heardAt }];
    }
    const up = said.up.get(id);
    return up === undefined ? [] : [{ director: peer.name, up, heardAt: said.heardAt }];
  });
}

/** More than any priority: the peers serve. */
const ALL = 254;

/** What an instance's priority loses: the most of what its services ask for. */
export function penaltyOf(state: DirectorState, instance: string, now: Instant): number {
  const { setup, health } = state;
  // On protocol 112 nobody tells what a backup sees: it is taken to see more.
  const isSilent = setup.config.heartbeat.transport === "vrrp";
  let penalty = 0;
  for (const [position, service] of setup.config.services.entries()) {
    if (service.instance !== instance) continue;
    const found = health.services[position];
    if (found?.local) return ALL;
    if (found?.quorum !== "lost" || service.health.penalty <= penalty) continue;
    if (isSilent || isSeenBetter(state, position, now)) penalty = service.health.penalty;
  }
  return penalty;
}

/** Whether a peer that had its own time to find out sees more servers up than this director. */
function isSeenBetter(state: DirectorState, position: number, now: Instant): boolean {
  const found = state.health.services[position];
  if (!found) return false;
  const own = countUp(found) ?? 0;
  const judged = after(found.quorumSince, state.setup.health.detection[position] ?? ms(0));
  return opinionsOf(state, position, now).some(({ up, heardAt }) => heardAt >= judged && up > own);
}
