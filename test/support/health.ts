/** Makers of services whose servers are checked, for unit tests. */
import type { Ip } from "../../src/base/ip.ts";
import { hours, ms, seconds } from "../../src/base/units.ts";
import type { Check, HealthPolicy, Probe } from "../../src/config/check-types.ts";
import type { VirtualService } from "../../src/config/types.ts";
import type { Destination } from "../../src/wire/ipvs/types.ts";

export const POLICY: HealthPolicy = {
  onFailure: "remove",
  removal: "immediate",
  drainLimit: hours(1),
  assumeUp: false,
  slowStart: ms(0),
  damping: undefined,
  quorum: 1,
  hysteresis: 0,
  penalty: 0,
  onQuorum: { up: [], down: [], user: undefined },
  share: 0.5,
  patience: seconds(10),
};

export const destination = (octet: number, changes: Partial<Destination> = {}): Destination => ({
  address: `10.0.0.${octet}` as Ip,
  port: 80,
  forward: "dr",
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: { type: "ipip", port: 0, checksum: "none" },
  ...changes,
});

export const probeOf = (target: Destination, changes: Partial<Probe> = {}): Probe => ({
  action: { kind: "tcp" },
  target,
  source: undefined,
  interval: seconds(1),
  timeout: seconds(1),
  connectTimeout: seconds(1),
  jitter: ms(0),
  ...changes,
});

export const checkOf = (probe: number, changes: Partial<Check> = {}): Check => ({
  probe,
  rise: 2,
  fall: 2,
  minWeight: 0,
  maxWeight: 65_535,
  ...changes,
});

export interface Fleet {
  readonly services: readonly VirtualService[];
  readonly probes: readonly Probe[];
}

/** One service of `count` servers with a check each: server N is 10.0.0.(N+1), probe N. */
export function fleet(
  count: number,
  policy: Partial<HealthPolicy> = {},
  changes: Partial<VirtualService> = {},
): Fleet {
  const servers = Array.from({ length: count }, (_, i) => destination(i + 1));
  const service: VirtualService = {
    name: "http",
    instance: "web",
    service: {
      key: { kind: "address", protocol: "tcp", address: "192.168.60.100" as Ip, port: 80 },
      scheduler: "rr",
      flags: 0,
      persistence: 0,
      netmask: "255.255.255.255",
      engine: undefined,
    },
    servers,
    checks: servers.map((_, i) => [checkOf(i)]),
    own: [],
    fallback: [],
    health: { ...POLICY, ...policy },
    ...changes,
  };
  return { services: [service], probes: servers.map((server) => probeOf(server)) };
}
