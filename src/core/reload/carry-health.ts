/** What is known of servers, under another configuration: a server that stays is not asked anew. */
import { endpointName, serviceName } from "../../base/service.ts";
import { type Instant, ms } from "../../base/units.ts";
import type { Check } from "../../config/check-types.ts";
import type { Config, VirtualService } from "../../config/types.ts";
import type { DirectorState, Setup } from "../director/types.ts";
import { newHealth, settle } from "../health/health.ts";
import { leavingAfter } from "../health/leaving.ts";
import { newServer } from "../health/server.ts";
import { judgeService, newService } from "../health/service.ts";
import type { HealthState, ProbeResult, ServerHealth, ServiceHealth } from "../health/types.ts";

/** Services are the same by what they listen on, servers by their endpoint, checks by what they ask. */
export function carryHealth(before: DirectorState, setup: Setup, now: Instant): HealthState {
  const [was, is] = [before.setup.config, setup.config];
  const { admin } = before.health;
  const fresh = newHealth(setup.health, now);
  const results = carriedResults(before.health, was, is);
  const known = new Map(
    was.services.map((service, i) => [
      serviceName(service.service.key),
      { service, health: before.health.services[i] },
    ]),
  );
  const services = is.services.map((service, i) => {
    const old = known.get(serviceName(service.service.key));
    const carried = old?.health && carry(old.service, old.health, { was, is, service, now });
    const about = { service, results, admin, opinions: [], detection: ms(0), now };
    const detection = setup.health.detection[i] ?? ms(0);
    return judgeService(carried ?? newService(service, now), { ...about, detection }).health;
  });
  return settle({ ...fresh, results, admin }, services);
}

interface Change {
  readonly was: Config;
  readonly is: Config;
  readonly service: VirtualService;
  readonly now: Instant;
}

/** Nothing is desired yet, so that whatever differs of a server is. */
function carry(old: VirtualService, health: ServiceHealth, change: Change): ServiceHealth {
  const { service, now } = change;
  const known = new Map(old.servers.map((server, i) => [endpointName(server), i]));
  const servers = service.servers.map((server, i) => {
    const checks = service.checks[i] ?? [];
    const at = known.get(endpointName(server));
    const one = at === undefined ? undefined : health.servers[at];
    if (!one || checks.length === 0) return newServer(checks, service.health, now);
    return withVerdicts(one, old.checks[at ?? 0] ?? [], checks, change);
  });
  const staying = new Set(service.servers.map(endpointName));
  const removed = old.servers.filter((server) => !staying.has(endpointName(server)));
  const leaving = leavingAfter(health, removed, service, now);
  const desired = { service: service.service, destinations: [] };
  return { ...health, servers, leaving, desired };
}

/** A check that is new has said nothing; until it has, the server stays what it was. */
function withVerdicts(
  one: ServerHealth,
  old: readonly Check[],
  checks: readonly Check[],
  { was, is }: Change,
): ServerHealth {
  const asked = old.map(({ probe }) => keyOf(was, probe));
  const verdicts = checks.map(
    ({ probe }) => one.verdicts[asked.indexOf(keyOf(is, probe))] ?? "unknown",
  );
  return { ...one, verdicts };
}

function carriedResults(
  { results }: HealthState,
  was: Config,
  is: Config,
): ReadonlyMap<number, ProbeResult> {
  const positions = new Map(is.probes.map((_, i) => [keyOf(is, i), i]));
  return new Map(
    [...results].flatMap(([old, result]): [number, ProbeResult][] => {
      const probe = positions.get(keyOf(was, old));
      return probe === undefined ? [] : [[probe, { ...result, probe }]];
    }),
  );
}

const keyOf = ({ probes }: Config, probe: number): string => JSON.stringify(probes[probe]);
