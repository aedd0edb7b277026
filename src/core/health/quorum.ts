/** Whether enough of a service is up, with a hysteresis between gaining and losing. */
import { entryFor } from "./admin.ts";
import { fullWeight } from "./table.ts";
import type { Circumstances, Quorum, QuorumChange, ServerHealth, ServiceHealth } from "./types.ts";

export function judgeQuorum(
  before: ServiceHealth,
  servers: readonly ServerHealth[],
  about: Circumstances,
): { readonly quorum: Quorum; readonly changes: readonly QuorumChange[] } {
  const up = weightUp(servers, about);
  const quorum = next(before.quorum, up, servers, about);
  if (quorum === before.quorum) return { quorum, changes: [] };
  const { name, health } = about.service;
  const wanted = health.quorum;
  return {
    quorum,
    changes: [{ kind: "quorum", service: name, from: before.quorum, to: quorum, up, wanted }],
  };
}

function next(
  before: Quorum,
  up: number,
  servers: readonly ServerHealth[],
  { service }: Circumstances,
): Quorum {
  const { quorum, hysteresis } = service.health;
  if (servers.length === 0) return "held";
  if (before === "held") return up === 0 || up < quorum - hysteresis ? lost(servers) : "held";
  // At the start there is nothing to come back from.
  const wanted = before === "unknown" ? quorum : quorum + hysteresis;
  if (up >= Math.max(1, wanted)) return "held";
  return before === "unknown" ? lost(servers) : "lost";
}

/** What is not judged yet may still make up for it. */
const lost = (servers: readonly ServerHealth[]): Quorum =>
  servers.some(({ kind }) => kind === "checking") ? "unknown" : "lost";

/** Summed weight of who serves, as it is when every ramp is over. */
function weightUp(servers: readonly ServerHealth[], about: Circumstances): number {
  const { service, admin } = about;
  let sum = 0;
  for (const [i, server] of servers.entries()) {
    const destination = service.servers[i];
    if (!destination || (server.kind !== "up" && server.kind !== "doubted")) continue;
    if (entryFor(admin, service.name, destination)) continue;
    sum += fullWeight(service, i, about.results);
  }
  return sum;
}
