/** Every metric that there is, and what they are read of. */

import { parseIp } from "../../base/ip.ts";
import { endpointName } from "../../base/service.ts";
import { VERSION } from "../../base/version.ts";
import type { Snapshot } from "../../core/director/snapshot-types.ts";
import { DAEMON_FAMILIES } from "./daemon.ts";
import type { Family, Known, LabelledServer } from "./family.ts";
import { INSTANCE_FAMILIES } from "./instances.ts";
import type { MetersReading } from "./meters.ts";
import { PEER_FAMILIES } from "./peers.ts";
import { SERVER_FAMILIES } from "./servers.ts";
import { SERVICE_FAMILIES } from "./services.ts";

export const FAMILIES: readonly Family[] = [
  ...DAEMON_FAMILIES,
  ...INSTANCE_FAMILIES,
  ...PEER_FAMILIES,
  ...SERVICE_FAMILIES,
  ...SERVER_FAMILIES,
];

/** So many servers have series of their own, in the order of the file. */
export const MAX_LISTED_SERVERS = 1000;

export function knownOf(snapshot: Snapshot, meters: MetersReading): Known {
  const now = Date.now() / 1000;
  const services = snapshot.services.map((service) => ({
    labels: { service: service.name },
    service,
  }));
  const { servers, unlisted } = listed(snapshot);
  const { user, system } = process.cpuUsage();
  return {
    snapshot,
    meters,
    now,
    services,
    servers,
    unlisted,
    version: VERSION,
    process: {
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      startedAt: Math.round(performance.timeOrigin) / 1000,
    },
  };
}

/** Whole services, as long as there is room. */
function listed({ services }: Snapshot): {
  readonly servers: readonly LabelledServer[];
  readonly unlisted: number;
} {
  const servers: LabelledServer[] = [];
  let unlisted = 0;
  for (const service of services) {
    if (servers.length + service.servers.length > MAX_LISTED_SERVERS) {
      unlisted += service.servers.length;
      continue;
    }
    for (const server of service.servers) {
      servers.push({ labels: { service: service.name, server: nameOf(server) }, server });
    }
  }
  return { servers, unlisted };
}

function nameOf({ address, port }: LabelledServer["server"]): string {
  const ip = parseIp(address);
  return ip ? endpointName({ address: ip, port }) : address;
}
