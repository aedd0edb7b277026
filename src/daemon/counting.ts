/** What a reading of the table tells the core: connections of instances, servers that have drained. */
import { endpointName, serviceName } from "../base/service.ts";
import type { Config } from "../config/types.ts";
import type { DirectorEvent, DirectorState } from "../core/director/types.ts";
import { effectiveDestination } from "../core/lvs/same.ts";
import type { ObservedTable } from "../wire/ipvs/types.ts";

/** What is new in it. */
export function readingEvents(
  state: Pick<DirectorState, "connections" | "health" | "setup">,
  tables: readonly ObservedTable[],
): readonly DirectorEvent[] {
  const { config } = state.setup;
  const counted = config.instances.flatMap(({ name }): readonly DirectorEvent[] => {
    const connections = connectionsOf(config, tables, name);
    const known = state.connections[name];
    const same = known?.[0] === connections[0] && known[1] === connections[1];
    return same ? [] : [{ kind: "counted", instance: name, connections }];
  });
  const drained = [...emptiedOf(state, tables)].map(
    ([service, servers]): DirectorEvent => ({ kind: "drained", service, servers, why: "empty" }),
  );
  return [...counted, ...drained];
}

/** Active and inactive ones. */
function connectionsOf(
  { services }: Config,
  tables: readonly ObservedTable[],
  instance: string,
): readonly [number, number] {
  const keys = new Set(
    services
      .filter((service) => service.instance === instance)
      .map(({ service }) => serviceName(service.key)),
  );
  const servers = tables
    .filter(({ service }) => keys.has(serviceName(service.key)))
    .flatMap(({ destinations }) => destinations);
  return [
    servers.reduce((sum, one) => sum + one.activeConnections, 0),
    servers.reduce((sum, one) => sum + one.inactiveConnections, 0),
  ];
}

/** By service: servers that leave, stand in the table with weight 0, and have no connection left. */
function emptiedOf(
  { health, setup }: Pick<DirectorState, "health" | "setup">,
  tables: readonly ObservedTable[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [i, { leaving }] of health.services.entries()) {
    const configured = setup.config.services[i];
    if (!configured || leaving.length === 0) continue;
    const { key } = configured.service;
    const table = tables.find(({ service }) => serviceName(service.key) === serviceName(key));
    const empty = new Set(table?.destinations.filter(isEmpty).map(endpointName));
    const servers = leaving
      .map(({ destination }) => destination)
      .filter((one) => empty.has(endpointName(effectiveDestination(key, one))))
      .map(endpointName);
    if (servers.length > 0) found.set(configured.name, servers);
  }
  return found;
}

const isEmpty = (one: ObservedTable["destinations"][number]): boolean =>
  one.weight === 0 && one.activeConnections + one.inactiveConnections === 0;
