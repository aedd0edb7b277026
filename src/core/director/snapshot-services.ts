/** Virtual services as configured, and as the kernel has them, for the snapshot. */
import { serviceName } from "../../base/service.ts";
import type { Instant } from "../../base/units.ts";
import type { ObservedTable, ServiceKey, Stats } from "../../wire/ipvs/types.ts";
import { effectiveDestination } from "../lvs/same.ts";
import { leavingOf } from "./health.ts";
import type { Observed } from "./observed.ts";
import { leavingHealth, serverHealth, serviceHealth } from "./snapshot-health.ts";
import type { ServiceSnapshot, TrafficSnapshot } from "./snapshot-types.ts";
import type { DirectorState } from "./types.ts";

/** One a service, in their order: whoever must not hold the loop up reads them little by little. */
export function serviceReaders(
  state: DirectorState,
  { ipvs }: Observed,
  now: Instant,
): readonly (() => ServiceSnapshot)[] {
  const tables = new Map(ipvs?.tables.map((table) => [serviceName(table.service.key), table]));
  return state.setup.config.services.map((_, i) => () => serviceOf(state, i, tables, now));
}

function serviceOf(
  state: DirectorState,
  position: number,
  tables: ReadonlyMap<string, ObservedTable>,
  now: Instant,
): ServiceSnapshot {
  const configured = state.setup.config.services[position];
  if (!configured) throw new TypeError("no such service");
  const listen = serviceName(configured.service.key);
  const table = tables.get(listen);
  return {
    name: configured.name,
    listen,
    instance: configured.instance,
    scheduler: configured.service.scheduler,
    inKernel: table !== undefined,
    rates: table && ratesOf(table.service.stats),
    totals: table && totalsOf(table.service.stats),
    health: serviceHealth(state, position, now),
    servers: [
      ...configured.servers.map((server, i) => ({
        ...serverOf(server, configured.service.key, table),
        health: serverHealth(state, position, i, now),
      })),
      ...leavingOf(state, configured.name).map((one) => ({
        ...serverOf(one.destination, configured.service.key, table),
        health: leavingHealth(one, now),
      })),
    ],
  };
}

function serverOf(
  server: DirectorState["setup"]["config"]["services"][number]["servers"][number],
  key: ServiceKey,
  table: ObservedTable | undefined,
): Omit<ServiceSnapshot["servers"][number], "health"> {
  const { port } = effectiveDestination(key, server);
  const found = table?.destinations.find(
    (one) => one.address === server.address && one.port === port,
  );
  return {
    address: server.address,
    port: server.port,
    forward: server.forward,
    weight: server.weight,
    inKernel: found !== undefined,
    kernelWeight: found?.weight,
    activeConnections: found?.activeConnections,
    inactiveConnections: found?.inactiveConnections,
    rates: found && ratesOf(found.stats),
    totals: found && totalsOf(found.stats),
  };
}

const ratesOf = (stats: Stats): TrafficSnapshot => ({
  connections: Number(stats.connectionRate),
  inPackets: Number(stats.inPacketRate),
  outPackets: Number(stats.outPacketRate),
  inBytes: Number(stats.inByteRate),
  outBytes: Number(stats.outByteRate),
});

const totalsOf = (stats: Stats): TrafficSnapshot => ({
  connections: Number(stats.connections),
  inPackets: Number(stats.inPackets),
  outPackets: Number(stats.outPackets),
  inBytes: Number(stats.inBytes),
  outBytes: Number(stats.outBytes),
});
