import { describe, expect, test } from "vitest";
import { indexServices, type Told, tell } from "../../../../src/core/resync/records.ts";
import type { DesiredService } from "../../../../src/core/types.ts";
import type { Connection } from "../../../../src/wire/ipvs/connection.ts";
import type { Destination, Service } from "../../../../src/wire/ipvs/types.ts";
import * as some from "../../../support/ipvs.ts";

const CONNECTION: Connection = {
  protocol: "TCP",
  client: some.ip("192.168.60.10"),
  clientPort: 40_000,
  virtual: some.ip("192.168.60.100"),
  virtualPort: 80,
  destination: some.ip("192.168.60.136"),
  destinationPort: 80,
  state: "ESTABLISHED",
  expires: 897,
  engine: undefined,
};
const server = (changes: Partial<Destination> = {}): Destination => ({
  ...some.destinationAt("192.168.60.136", 80),
  forward: "dr",
  ...changes,
});
const web = (changes: Partial<Service> = {}, ...servers: Destination[]): DesiredService => ({
  service: { ...some.serviceAt("tcp", "192.168.60.100", 80), ...changes },
  destinations: servers.length > 0 ? servers : [server()],
});
const marked = (mark: number, ...servers: Destination[]): DesiredService => ({
  service: { ...some.serviceAt("tcp", "1.1.1.1", 1), key: { kind: "mark", mark, family: 4 } },
  destinations: servers.length > 0 ? servers : [server({ port: 0 })],
});
const told = (
  changes: Partial<Connection>,
  services: readonly DesiredService[] = [web()],
  own: readonly string[] = [],
): Told => tell({ ...CONNECTION, ...changes }, indexServices(services, new Set(own)));

describe("what is told", () => {
  test.each([
    ["nat", 0],
    ["tunnel", 2],
    ["dr", 3],
  ] as const)("the method of forwarding, %s, comes from the table", (forward, flags) => {
    const found = told({}, [web({}, server({ forward }))]);
    expect(found).toMatchObject({ established: true, record: { flags, state: 1, timeout: 897 } });
  });

  test("states that are not established count as inactive", () => {
    expect(told({ state: "FIN_WAIT", expires: 5 })).toMatchObject({
      established: false,
      record: { flags: 0x103, state: 4, timeout: 5 },
    });
    const sctp = web({ key: { ...some.serviceAt("sctp", "192.168.60.100", 80).key } });
    expect(told({ protocol: "SCTP", state: "S-ACK-SENT" }, [sctp])).toMatchObject({
      record: { protocol: 132, state: 11, flags: 0x103 },
    });
  });

  test("the last second is one: 0 would be the state's own timeout", () => {
    expect(told({ expires: 0 })).toMatchObject({ record: { timeout: 1 } });
  });

  test("a template has the service's timeout, whatever is left of it", () => {
    const found = told({ clientPort: 0, state: "ASSURED", expires: 3 }, [
      web({ persistence: 300 }),
    ]);
    expect(found).toMatchObject({
      established: false,
      record: { flags: 0x1003, state: 1, timeout: 300, clientPort: 0 },
    });
  });

  test("a service without a port, and servers without one", () => {
    const any = web({ key: some.serviceAt("tcp", "192.168.60.100", 0).key }, server({ port: 0 }));
    expect(told({ virtualPort: 443, destinationPort: 443 }, [any])).toMatchObject({
      record: { virtualPort: 443, destinationPort: 443, flags: 3 },
    });
  });

  test("a connection of a mark, and its template, carry the mark", () => {
    expect(told({}, [marked(7)])).toMatchObject({ record: { mark: 7, flags: 3 } });
    const service = marked(7);
    const sticky = { ...service, service: { ...service.service, persistence: 60 } };
    const template = { clientPort: 0, state: "NONE", virtualPort: 0, destinationPort: 0 } as const;
    const by = { protocol: "IP", virtual: some.ip("0.0.0.7"), ...template } as const;
    expect(told(by, [sticky, marked(8)])).toMatchObject({
      record: { protocol: 0, mark: 7, flags: 0x1003, state: 0, timeout: 60 },
    });
  });
});

describe("what is not told", () => {
  const why = (result: Told): string => (result.kind === "skipped" ? result.why : "told");
  test.each([
    ["not ours", told({ virtualPort: 81 })],
    ["server gone", told({ destination: some.ip("192.168.60.199") })],
    ["local server", told({}, [web()], ["192.168.60.136"])],
    ["local server", told({}, [web({}, server({ forward: "local" }))])],
    ["ambiguous mark", told({}, [marked(7), marked(8)])],
    ["client port unknown", told({ clientPort: 0 })],
    ["unknown state", told({ state: "WHATEVER" })],
    ["engine", told({ engine: { name: "sip", data: "x" } })],
    [
      "mixed families",
      told({ destination: some.ip("fd00::1") }, [
        web({}, server({ address: some.ip("fd00::1"), forward: "tunnel" })),
      ]),
    ],
  ])("%s", (expected, result) => {
    expect(why(result)).toBe(expected);
  });
});
