/** Connections of each instance, from the counters of its services' servers. */
import { serviceName } from "../base/service.ts";
import type { Config } from "../config/types.ts";
import type { ObservedTable } from "../wire/ipvs/types.ts";

/** Active and inactive ones. */
export function connectionsOf(
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
