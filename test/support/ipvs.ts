/** Generators and examples of the objects of an IPVS table. */
import fc from "fast-check";
import { type Family, familyOf, formatIp, type Ip, parseIp } from "../../src/base/ip.ts";
import { serviceFamily } from "../../src/wire/ipvs/service.ts";
import type {
  Destination,
  IpvsInfo,
  ObservedDestination,
  ObservedService,
  Protocol,
  Service,
  ServiceKey,
  Stats,
  SyncDaemon,
  Timeouts,
} from "../../src/wire/ipvs/types.ts";

export function ip(text: string): Ip {
  const address = parseIp(text);
  if (address === undefined) throw new TypeError(`not an address: ${text}`);
  return address;
}

const octets = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
const name = fc.stringMatching(/^[a-z0-9_.-]{1,15}$/);

export const port = fc.integer({ min: 0, max: 65535 });
export const address = (family: Family): fc.Arbitrary<Ip> =>
  octets(family === 4 ? 4 : 16).map(formatIp);
const family = fc.constantFrom<Family>(4, 6);
export const anyAddress = family.chain(address);

export const serviceKey: fc.Arbitrary<ServiceKey> = fc.oneof(
  fc.record({
    kind: fc.constant("address" as const),
    protocol: fc.constantFrom<Protocol>("tcp", "udp", "sctp"),
    address: anyAddress,
    port,
  }),
  fc.record({ kind: fc.constant("mark" as const), mark: u32, family }),
);

const netmask = (of: Family): fc.Arbitrary<string> =>
  of === 4 ? address(4) : fc.integer({ min: 1, max: 128 }).map(String);

export const service: fc.Arbitrary<Service> = serviceKey.chain((key) =>
  fc.record({
    key: fc.constant(key),
    scheduler: name,
    flags: fc.integer({ min: 0, max: 15 }).map((bits) => bits << 2),
    persistence: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2678400 })),
    netmask: netmask(serviceFamily(key)),
    engine: fc.option(fc.constant("sip"), { nil: undefined }),
  }),
);

const tunnel: fc.Arbitrary<Destination["tunnel"]> = fc.record({
  type: fc.constantFrom("ipip", "gue", "gre"),
  port,
  checksum: fc.constantFrom("none", "full", "remote"),
});

const destinationOf = (at: Ip): fc.Arbitrary<Destination> =>
  fc.record({
    address: fc.constant(at),
    port,
    forward: fc.constantFrom("nat", "local", "tunnel", "dr"),
    weight: fc.integer({ min: 0, max: 0x7fffffff }),
    upperThreshold: u32,
    lowerThreshold: u32,
    tunnel,
  });
export const destination: fc.Arbitrary<Destination> = anyAddress.chain(destinationOf);

export const syncDaemon: fc.Arbitrary<SyncDaemon> = fc.record({
  role: fc.constantFrom("master", "backup"),
  interface: name,
  syncId: fc.integer({ min: 0, max: 255 }),
  maxLength: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
  group: fc.option(
    anyAddress.filter((group) => group !== "0.0.0.0"),
    { nil: undefined },
  ),
  port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
  ttl: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
});

export const timeouts: fc.Arbitrary<Timeouts> = fc.record({ tcp: u32, tcpFin: u32, udp: u32 });

export const info: fc.Arbitrary<IpvsInfo> = fc.record({
  version: octets(3).map((parts) => parts.join(".")),
  connectionTableSize: u32,
});

const statsOf = (count: fc.Arbitrary<bigint>): fc.Arbitrary<Stats> =>
  fc.record({
    connections: count,
    inPackets: count,
    outPackets: count,
    inBytes: u64,
    outBytes: u64,
    connectionRate: count,
    inPacketRate: count,
    outPacketRate: count,
    inByteRate: count,
    outByteRate: count,
  });
export const stats64 = statsOf(u64);
export const stats32 = statsOf(fc.bigInt(0n, 2n ** 32n - 1n));

export const NO_STATS: Stats = {
  connections: 0n,
  inPackets: 0n,
  outPackets: 0n,
  inBytes: 0n,
  outBytes: 0n,
  connectionRate: 0n,
  inPacketRate: 0n,
  outPacketRate: 0n,
  inByteRate: 0n,
  outByteRate: 0n,
};

export const observedService = (of: Service): ObservedService => ({ ...of, stats: NO_STATS });

export const observedDestination = (of: Destination): ObservedDestination => ({
  ...of,
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
  stats: NO_STATS,
});

/** `tcp`, `10.0.0.1`, 80 with the defaults of ipvsadm. */
export function serviceAt(
  protocol: Protocol,
  at: string,
  servicePort: number,
  settings: Partial<Service> = {},
): Service {
  const key = { kind: "address", protocol, address: ip(at), port: servicePort } as const;
  return { ...defaults(familyOf(key.address)), key, ...settings };
}

export const serviceOfMark = (
  mark: number,
  of: Family = 4,
  settings: Partial<Service> = {},
): Service => ({ ...defaults(of), key: { kind: "mark", mark, family: of }, ...settings });

export const destinationAt = (
  at: string,
  destinationPort: number,
  settings: Partial<Destination> = {},
): Destination => ({
  address: ip(at),
  port: destinationPort,
  forward: "dr",
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: { type: "ipip", port: 0, checksum: "none" },
  ...settings,
});

const defaults = (of: Family): Omit<Service, "key"> => ({
  scheduler: "wlc",
  flags: 0,
  persistence: 0,
  netmask: of === 4 ? "255.255.255.255" : "128",
  engine: undefined,
});
