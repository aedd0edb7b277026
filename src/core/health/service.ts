/** One service: which of its servers serve, with which weights, and whether they are enough. */
import { endpointName } from "../../base/service.ts";
import { earliest, type Instant } from "../../base/units.ts";
import type { VirtualService } from "../../config/types.ts";
import { type Doubted, doubt } from "./doubt.ts";
import { gone, inTime, leavingDeadline } from "./leaving.ts";
import { judgeQuorum } from "./quorum.ts";
import { become, find, newServer } from "./server.ts";
import { desiredOf, rampDeadline } from "./table.ts";
import type {
  Circumstances,
  HealthChange,
  ServerChange,
  ServerHealth,
  ServiceHealth,
} from "./types.ts";

export function newService(service: VirtualService, now: Instant): ServiceHealth {
  const servers = service.servers.map((_, i) =>
    newServer(service.checks[i] ?? [], service.health, now),
  );
  const circumstances = { service, results: new Map(), admin: [], opinions: [], now };
  const before: ServiceHealth = {
    servers,
    leaving: [],
    quorum: "unknown",
    quorumSince: now,
    doubtSince: undefined,
    local: false,
    desired: { service: service.service, destinations: [] },
    deadline: undefined,
  };
  return judgeService(before, { ...circumstances, detection: service.health.patience }).health;
}

export interface Judged {
  readonly health: ServiceHealth;
  readonly changes: readonly HealthChange[];
}

/** The same value where nothing has changed. */
export function judgeService(before: ServiceHealth, about: Circumstances): Judged {
  const found = findAll(before, about);
  const doubted = doubt(before, found, about);
  const servers = released(doubted.servers);
  const quorum = judgeQuorum(before, servers, about);
  const leaving = inTime(before.leaving, about.now);
  const { desired, same } = desiredOf(before, { servers, leaving }, quorum.quorum, about);
  const health: ServiceHealth = {
    servers,
    leaving,
    quorum: quorum.quorum,
    quorumSince: quorum.quorum === before.quorum ? before.quorumSince : about.now,
    doubtSince: doubted.since,
    local: doubted.local,
    desired,
    deadline: deadlineOf({ servers, leaving }, doubted, about),
  };
  const changes = [
    ...serverChanges(before, servers, about),
    ...quorum.changes,
    ...gone(about.service, before.leaving, leaving, "its time is over"),
  ];
  if (same && changes.length === 0 && isSame(before, health)) return { health: before, changes };
  return { health, changes };
}

const isSame = (a: ServiceHealth, b: ServiceHealth): boolean =>
  a.quorum === b.quorum &&
  a.doubtSince === b.doubtSince &&
  a.local === b.local &&
  a.deadline === b.deadline &&
  a.leaving === b.leaving &&
  a.servers.every((server, i) => server === b.servers[i]);

/** What the answers say of each server; who went out together is looked at afterwards. */
function findAll(before: ServiceHealth, about: Circumstances): readonly ServerHealth[] {
  const { service, results, now } = about;
  return before.servers.map((server, i) => {
    const finding = find(service.checks[i] ?? [], server, results);
    const { verdicts } = finding;
    const noted = verdicts.every((verdict, at) => verdict === server.verdicts[at])
      ? server
      : { ...server, verdicts };
    const held = server.heldUntil !== undefined && server.heldUntil > now;
    const kind = finding.kind === "up" && held ? "down" : finding.kind;
    const fresh = kind === "down" && server.kind === "down" && finding.kind === "down";
    if (fresh && finding.reason !== server.reason) return { ...noted, reason: finding.reason };
    if (kind === server.kind || (server.kind === "doubted" && kind === "down")) return noted;
    // A verdict is not taken back: between two of them the server stays as it is.
    if (kind === "checking") return noted;
    const reason = kind === "up" ? answered(service, i, about) : finding.reason;
    return become(noted, kind, reason, { policy: service.health, now });
  });
}

function answered(service: VirtualService, server: number, { results }: Circumstances): string {
  const checks = service.checks[server] ?? [];
  const notes = checks.map(({ probe }) => results.get(probe)?.reason ?? "");
  return notes.filter((note) => note !== "").join("; ") || "answers";
}

/** Damping must not be what leaves the clients without anybody. */
function released(servers: readonly ServerHealth[]): readonly ServerHealth[] {
  const serves = servers.some(({ kind }) => kind === "up" || kind === "doubted");
  const waits = (one: ServerHealth): boolean =>
    one.heldUntil !== undefined && one.verdicts.every((verdict) => verdict === "up");
  if (serves || !servers.some(waits)) return servers;
  return servers.map((one) =>
    waits(one)
      ? { ...one, kind: "up", heldUntil: undefined, reason: "flaps, but nobody else is up" }
      : one,
  );
}

function serverChanges(
  before: ServiceHealth,
  servers: readonly ServerHealth[],
  { service }: Circumstances,
): readonly ServerChange[] {
  return servers.flatMap((server, i) => {
    const was = before.servers[i];
    const destination = service.servers[i];
    if (!was || !destination || was.kind === server.kind) return [];
    const { name } = service;
    const why = server.reason;
    const where = endpointName(destination);
    return [{ kind: "server", service: name, server: where, from: was.kind, to: server.kind, why }];
  });
}

function deadlineOf(
  { servers, leaving }: Pick<ServiceHealth, "servers" | "leaving">,
  doubted: Doubted,
  { service, now }: Circumstances,
): Instant | undefined {
  let first = earliest(doubted.deadline, leavingDeadline(leaving));
  for (const server of servers) {
    const held = server.heldUntil !== undefined && server.heldUntil > now;
    const ramp = rampDeadline(server, service.health.slowStart, now);
    first = earliest(first, held ? server.heldUntil : undefined, ramp);
  }
  return first;
}
