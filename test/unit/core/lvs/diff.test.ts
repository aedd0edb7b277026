import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serviceName } from "../../../../src/base/service.ts";
import { diffTable, diffTimeouts, type Ownership } from "../../../../src/core/lvs/diff.ts";
import type { DesiredService } from "../../../../src/core/types.ts";
import type { Destination, ObservedTable, Service } from "../../../../src/wire/ipvs/types.ts";
import { FakeTable } from "../../../support/fake-table.ts";
import * as some from "../../../support/ipvs.ts";

const SHARE: Ownership = { table: "share", added: new Set() };
const OWN: Ownership = { table: "own", added: new Set() };

const web = some.serviceAt("tcp", "10.0.0.1", 80);
const dns = some.serviceAt("udp", "10.0.0.1", 53);
const one = some.destinationAt("10.0.0.2", 80);
const two = some.destinationAt("10.0.0.3", 80);

const want = (service: Service, ...destinations: readonly Destination[]): DesiredService => ({
  service,
  destinations,
});
const have = (service: Service, ...destinations: readonly Destination[]): ObservedTable => ({
  service: some.observedService(service),
  destinations: destinations.map(some.observedDestination),
});

describe("diffTable", () => {
  it("adds a missing service before its destinations", () => {
    expect(diffTable([want(web, one, two)], [], SHARE)).toEqual({
      commands: [
        { kind: "addService", service: web },
        { kind: "addDestination", key: web.key, destination: one },
        { kind: "addDestination", key: web.key, destination: two },
      ],
      foreign: [],
      drift: ["service tcp 10.0.0.1:80 was missing"],
    });
  });

  it("changes nothing that is as desired", () => {
    const diff = diffTable([want(web, one)], [have(web, one)], SHARE);
    expect(diff).toEqual({ commands: [], foreign: [], drift: [] });
  });

  it("adds and edits destinations before it removes others", () => {
    const heavy = { ...one, weight: 5 };
    const three = some.destinationAt("10.0.0.4", 80);
    const diff = diffTable([want(web, heavy, three)], [have(web, one, two)], SHARE);
    expect(diff.commands).toEqual([
      { kind: "addDestination", key: web.key, destination: three },
      { kind: "editDestination", key: web.key, destination: heavy },
      {
        kind: "removeDestination",
        key: web.key,
        destination: { address: two.address, port: two.port },
      },
    ]);
    expect(diff.drift).toEqual([
      "server 10.0.0.4:80 of tcp 10.0.0.1:80 was missing",
      "server 10.0.0.2:80 of tcp 10.0.0.1:80 had weight 1 instead of 5",
      "server 10.0.0.3:80 of tcp 10.0.0.1:80 was not wanted",
    ]);
  });

  it("edits a service in place", () => {
    const rr = { ...web, scheduler: "rr", persistence: 60 };
    const diff = diffTable([want(rr, one)], [have(web, one)], SHARE);
    expect(diff.commands).toEqual([{ kind: "editService", service: rr }]);
    expect(diff.drift).toEqual([
      "service tcp 10.0.0.1:80 had scheduler wlc instead of rr, persistence 0 instead of 60",
    ]);
  });

  it("keeps foreign services, unless the table is its own or it added them", () => {
    const observed = [have(web, one), have(dns, two)];
    expect(diffTable([want(web, one)], observed, SHARE)).toEqual({
      commands: [],
      foreign: [dns.key],
      drift: [],
    });
    const removal = [{ kind: "removeService", key: dns.key }];
    const added = new Set([serviceName(dns.key)]);
    for (const ownership of [OWN, { table: "share", added } as const]) {
      const diff = diffTable([want(web, one)], observed, ownership);
      expect(diff.commands).toEqual(removal);
      expect(diff.foreign).toEqual([]);
    }
  });

  it("removes services last", () => {
    const mark = some.serviceOfMark(7);
    const diff = diffTable([want(mark, one)], [have(web, one), have(mark, two)], OWN);
    expect(diff.commands.map(({ kind }) => kind)).toEqual([
      "addDestination",
      "removeDestination",
      "removeService",
    ]);
  });

  it("ignores settings without effect: a mask without persistence, a tunnel without tunnel", () => {
    const masked = { ...web, netmask: "255.255.255.0" };
    const tunnelled = { ...one, tunnel: { type: "gre", port: 7, checksum: "full" } } as const;
    expect(diffTable([want(masked, tunnelled)], [have(web, one)], SHARE).commands).toEqual([]);
    const sticky = { ...masked, persistence: 60 };
    const diff = diffTable([want(sticky)], [have({ ...web, persistence: 60 })], SHARE);
    expect(diff.commands).toEqual([{ kind: "editService", service: sticky }]);
  });

  it("sees a tunnel that is another", () => {
    const tunnel = { type: "gue", port: 5555, checksum: "none" } as const;
    const gue = { ...one, forward: "tunnel", tunnel } as const;
    const other = { ...gue, tunnel: { ...tunnel, port: 5556 } };
    const diff = diffTable([want(web, gue)], [have(web, other)], SHARE);
    expect(diff.commands).toEqual([{ kind: "editDestination", key: web.key, destination: gue }]);
  });

  it("gives dr and tunnel servers the service's port, but not nat ones, nor those of a mark", () => {
    const at8080 = some.destinationAt("10.0.0.2", 8080);
    const nat = { ...at8080, forward: "nat" } as const;
    const mark = some.serviceOfMark(7);
    expect(diffTable([want(web, at8080)], [have(web, one)], SHARE).commands).toEqual([]);
    expect(diffTable([want(web, nat)], [have(web, nat)], SHARE).commands).toEqual([]);
    expect(diffTable([want(mark, at8080)], [have(mark, at8080)], SHARE).commands).toEqual([]);
  });

  it("tells IPv4 and IPv6 services of one mark apart", () => {
    const observed = [have(some.serviceOfMark(7, 4)), have(some.serviceOfMark(7, 6))];
    expect(diffTable([want(some.serviceOfMark(7, 6))], observed, SHARE).foreign).toEqual([
      some.serviceOfMark(7, 4).key,
    ]);
  });
});

describe("diffTable, whatever the tables", () => {
  // Few keys, so that tables overlap; few values, so that some are equal.
  const keys = [web.key, dns.key, some.serviceOfMark(7).key, some.serviceOfMark(7, 6).key];
  const service = fc
    .tuple(fc.constantFrom(...keys), fc.constantFrom("wlc", "rr"), fc.constantFrom(0, 60))
    .map(([key, scheduler, persistence]) => ({ ...web, key, scheduler, persistence }));
  const destination = fc
    .tuple(
      fc.integer({ min: 2, max: 5 }),
      fc.constantFrom(80, 8080),
      fc.constantFrom(0, 1, 2),
      fc.constantFrom<Destination["forward"]>("dr", "nat", "tunnel"),
    )
    .map(([host, port, weight, forward]) =>
      some.destinationAt(`10.0.0.${host}`, port, { weight, forward }),
    );
  const table = fc.uniqueArray(
    fc.record({ service, destinations: fc.array(destination, { maxLength: 4 }) }),
    { selector: (each) => serviceName(each.service.key) },
  );
  const ownership = fc.record({
    table: fc.constantFrom("share" as const, "own" as const),
    added: fc.subarray(keys.map(serviceName)).map((names) => new Set(names)),
  });

  it("every command succeeds, and then nothing is left to do", () => {
    fc.assert(
      fc.property(table, table, ownership, (desired, before, owned) => {
        const kernel = FakeTable.of(before);
        const diff = diffTable(desired, kernel.tables(), owned);
        expect(kernel.apply(diff.commands)).toEqual([]);
        const again = diffTable(desired, kernel.tables(), owned);
        expect(again).toEqual({ commands: [], foreign: diff.foreign, drift: [] });
        expect(diff.drift.length > 0).toBe(diff.commands.length > 0);
      }),
      { numRuns: 500 },
    );
  });

  it("foreign services stay as they are", () => {
    fc.assert(
      fc.property(table, table, (desired, before) => {
        const kernel = FakeTable.of(before);
        const { commands, foreign } = diffTable(desired, kernel.tables(), SHARE);
        const names = new Set(foreign.map(serviceName));
        const kept = (): readonly ObservedTable[] =>
          kernel.tables().filter(({ service }) => names.has(serviceName(service.key)));
        const untouched = kept();
        kernel.apply(commands);
        expect(kept()).toEqual(untouched);
      }),
    );
  });
});

describe("diffTimeouts", () => {
  const kernel = { tcp: 900, tcpFin: 120, udp: 300 };

  it("is settled where nothing is desired, all is equal, or 0 leaves the kernel's", () => {
    expect(diffTimeouts(undefined, kernel)).toBeUndefined();
    expect(diffTimeouts(kernel, kernel)).toBeUndefined();
    expect(diffTimeouts({ tcp: 0, tcpFin: 0, udp: 300 }, kernel)).toBeUndefined();
  });

  it("sets all three where one differs", () => {
    const timeouts = { tcp: 0, tcpFin: 60, udp: 300 };
    expect(diffTimeouts(timeouts, kernel)).toEqual({ kind: "setTimeouts", timeouts });
  });
});
