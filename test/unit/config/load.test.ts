/** Files that are valid: what they resolve to, and their digest. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameId } from "../../../src/base/hash.ts";
import { type Loaded, parse } from "../../../src/config/load.ts";
import { BASE } from "./base.ts";

type Valid = Extract<Loaded, { kind: "valid" }>;

function valid(text: string): Valid {
  const loaded = parse(text);
  if (loaded.kind === "valid") return loaded;
  throw new Error(JSON.stringify(loaded.problems));
}

const SHORT = `
directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131 }
instances:
  web: { routerId: 51, interface: eth0, vips: [192.168.60.100, FD00:0::0100] }
connectionSync: { interface: eth1 }
services:
  http:
    listen: tcp 192.168.60.100:80
    servers: [192.168.60.136, { address: 192.168.60.137:80, weight: 0, forward: nat }]
  six: { listen: "udp [fd00::100]:53", servers: ["[fd00::53]:53"], persistence: 5m }
  mark: { listen: mark 0x10, family: ipv6, servers: ["[fd00::53]"] }
ipvs: { timeouts: { udp: 30s } }
`;

describe("a short file", () => {
  const { config } = valid(SHORT);

  it("gets every default", () => {
    expect(config).toMatchObject({
      cluster: "lb1-lb2",
      heartbeat: { transport: "udp", interval: 250, missed: 3, port: 8112 },
      connectionSync: { interface: "eth1", syncId: 51 },
      ipvs: { table: "share", timeouts: { tcp: 0, tcpFin: 0, udp: 30 } },
      announce: { repeat: 5, delay: 5000, interval: 0, refresh: 60_000 },
      waitForInterface: false,
      onStop: "keep",
    });
    expect(config.heartbeat.secretFile).toBeUndefined();
    expect(config.heartbeat.multicast).toBeUndefined();
  });

  it("keeps the order of directors, with their ids", () => {
    expect(config.directors).toEqual([
      { name: "lb1", id: nameId("lb1"), priority: 150, paths: [{ address: "192.168.60.130" }] },
      { name: "lb2", id: nameId("lb2"), priority: 100, paths: [{ address: "192.168.60.131" }] },
    ]);
  });

  it("makes VIPs of both families hosts of their own", () => {
    expect(config.instances).toEqual([
      {
        name: "web",
        id: nameId("web"),
        routerId: 51,
        interface: "eth0",
        vips: [
          { address: "192.168.60.100", prefix: 32, interface: "eth0" },
          { address: "fd00::100", prefix: 128, interface: "eth0" },
        ],
        priorities: { lb1: 150, lb2: 100 },
        interval: 250,
        preempt: { kind: "never" },
        routes: [],
        rules: [],
        tracks: [],
        notify: {
          any: [],
          master: [],
          backup: [],
          fault: [],
          stop: [],
          deleted: [],
          lowerPriority: [],
          priorityChanges: false,
          timeout: 30_000,
        },
        trackInterface: true,
      },
    ]);
  });

  it("finds each service's instance, ports and forwarding", () => {
    expect(config.services).toMatchObject([
      {
        name: "http",
        instance: "web",
        service: { key: { protocol: "tcp", port: 80 }, scheduler: "wlc", persistence: 0 },
        servers: [
          { address: "192.168.60.136", port: 80, forward: "dr", weight: 1 },
          { address: "192.168.60.137", port: 80, forward: "nat", weight: 0 },
        ],
      },
      { instance: "web", service: { netmask: "128", persistence: 300 } },
      {
        instance: "web",
        service: { key: { kind: "mark", mark: 16, family: 6 } },
        servers: [{ address: "fd00::53", port: 0 }],
      },
    ]);
  });
});

it.each([
  ["shop.example", "shop.example"],
  ["shop.example:8443", "shop.example"],
  ["10.0.0.1:8443", undefined],
  ["'[fd00::1]:8443'", undefined],
])("the host %s of a check is the TLS server name %s: an address is none", (host, serverName) => {
  const check = `check: { type: https, host: ${host} }`;
  const [probe] = valid(SHORT.replace("  six:", `    ${check}\n  six:`)).config.probes;
  expect(probe?.action).toMatchObject({ kind: "http", tls: { serverName } });
});

it("the long file says everything itself", () => {
  expect(valid(BASE).config).toMatchObject({
    cluster: "pair",
    directors: [
      { paths: [{ interface: "eth0" }, { interface: "eth1" }] },
      { paths: [{ interface: undefined }, { interface: undefined }] },
    ],
    heartbeat: { interval: 500, missed: 4, port: 8113, multicast: "239.255.81.12" },
    instances: [
      {
        vips: [{ interface: "eth2" }, { interface: "eth3" }],
        priorities: { lb1: 150, lb2: 200 },
        preempt: { kind: "after", delay: 60_000 },
      },
    ],
    connectionSync: { syncId: 7, group: "224.0.0.81", port: 8849, ttl: 2, maxLength: 1472 },
    ipvs: { table: "own", timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
    services: [
      {
        servers: [
          {},
          { port: 8080, weight: 2, upperThreshold: 100, lowerThreshold: 80 },
          { address: "10.20.0.20", port: 80 },
          {},
          { address: "10.20.0.22" },
          { address: "10.20.0.23", weight: 5 },
        ],
      },
      { service: { key: { mark: 7, family: 4 } } },
    ],
    announce: { repeat: 4, delay: 4000, interval: 10, refresh: 120_000 },
    waitForInterface: true,
    onStop: "remove",
  });
});

describe("the digest", () => {
  const { config, digest } = valid(BASE);

  it("goes with a value that survives a cache", () => {
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  it("does not see comments, the order of keys or the style of YAML", () => {
    const same = BASE.replace("  port: 8113\n", "")
      .replace("missed: 4", "port: 8113\n  missed: 4 # four")
      .replace("after: 60s", 'after: "60s"');
    expect(valid(same).digest).toBe(digest);
  });

  it("is the one that other versions of baton have of the same file", () => {
    const text = "directors: { b: { address: 10.0.0.2 }, a: { address: 10.0.0.1 } }\n";
    const rest = "instances: { w: { routerId: 1, interface: eth0, vips: [10.0.0.9] } }";
    expect(valid(`${text}${rest}`).digest).toBe("8c6a2b453cfa1ebe");
  });

  it.each([
    ["missed: 4", "missed: 5"],
    ["weight: 2", "weight: 3"],
    ["10.20.0.11:80", "10.20.0.99:80"],
    ["onStop: remove", "onStop: keep"],
  ])("sees %s → %s", (before, after) => {
    expect(valid(BASE.replace(before, after)).digest).not.toBe(digest);
  });
});

describe("generated files", () => {
  const names = fc
    .uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/), {
      minLength: 2,
      maxLength: 5,
    })
    .filter((all) => new Set(all.map(nameId)).size === all.length);
  const duration = fc.integer({ min: 1, max: 60 }).map((n) => `${n}s`);
  const instance = fc.record(
    { routerId: fc.integer({ min: 1, max: 255 }), preempt: fc.constantFrom("never", "immediate") },
    { requiredKeys: ["routerId"] },
  );
  const heartbeat = fc.record(
    {
      interval: duration,
      missed: fc.integer({ min: 2, max: 60 }),
      port: fc.integer({ min: 1, max: 65_535 }),
    },
    { requiredKeys: [] },
  );

  const file = fc
    .record({ names, heartbeat, instance, forward: fc.constantFrom("dr", "nat", "tunnel") })
    .map(({ names: all, heartbeat: pace, instance: shared, forward }) => ({
      directors: Object.fromEntries(all.map((name, i) => [name, { address: `10.0.0.${i + 1}` }])),
      heartbeat: pace,
      instances: Object.fromEntries(
        all.map((name, i) => [name, { ...shared, interface: "eth0", vips: [`10.0.1.${i}`] }]),
      ),
      services: Object.fromEntries(
        all.map((name, i) => [
          name,
          { listen: `tcp 10.0.1.${i}:80`, forward, servers: [`10.0.2.${i}:80`] },
        ]),
      ),
    }));

  it("are valid, and every service finds its instance", () => {
    fc.assert(
      fc.property(file, (data) => {
        const { config, digest } = valid(JSON.stringify(data, null, 1));
        expect(config.services.map((service) => service.instance)).toEqual(
          config.services.map((service) => service.name),
        );
        expect(digest).toMatch(/^[0-9a-f]{16}$/);
      }),
      { numRuns: 200 },
    );
  });

  it("no alias passes, wherever an interface is named", () => {
    const alias = fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), fc.nat(9)).map((p) => p.join(":"));
    const link = fc.constantFrom("eth0", "eth1", "eth2", "eth3", "eth4");
    fc.assert(
      fc.property(link, alias, (old, name) => {
        const loaded = parse(BASE.replace(`interface: ${old}`, `interface: ${name}`));
        expect(loaded).toMatchObject({ kind: "invalid", problems: [{ code: "BATON_ALIAS" }] });
      }),
    );
  });
});
