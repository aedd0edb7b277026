/** What a plan says of two configurations. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planOf } from "../../../../src/core/reload/plan.ts";
import type { Plan } from "../../../../src/core/reload/types.ts";
import { type File, pairsOf, poolOf, validOf } from "../../../support/random-files.ts";

const DIRECTORS = {
  lb1: { address: "192.168.60.130", priority: 150 },
  lb2: { address: "192.168.60.131", priority: 100 },
};
const web = { routerId: 51, interface: "eth0", vips: ["192.168.60.100"], preempt: "immediate" };
const http = {
  listen: "tcp 192.168.60.100:80",
  servers: ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"],
};
const FILE: File = { directors: DIRECTORS, instances: { web }, services: { http } };

function planned(before: File, after: File, masterOf: readonly string[] = ["web"]): Plan {
  const [a, b] = [validOf(before), validOf(after)];
  if (!a || !b) throw new TypeError("a file is not valid");
  const view = { self: "lb1", masterOf: new Set(masterOf), connections: () => 7 };
  return planOf(a.config, b.config, view);
}

const sentences = (after: File): readonly string[] =>
  planned(FILE, after).operations.map(({ subject, what, disturbs }) =>
    disturbs === undefined ? `${subject}: ${what}` : `${subject}: ${what} (${disturbs})`,
  );

test.each<[string, File, readonly string[]]>([
  ["nothing", FILE, []],
  [
    "an interval",
    { ...FILE, heartbeat: { interval: "1s" } },
    [
      "heartbeat: interval changes from 250ms to 1s",
      "instance web: interval changes from 250ms to 1s",
    ],
  ],
  [
    "a port",
    { ...FILE, heartbeat: { port: 9112 } },
    [
      "heartbeat: port changes from 8112 to 9112 (the other directors have to reload as well: until then they are not heard)",
    ],
  ],
  [
    "a VIP that goes",
    { ...FILE, services: {}, instances: { web: { ...web, vips: ["192.168.60.101"] } } },
    [
      "instance web: VIP 192.168.60.100/32 on eth0 is removed (its clients are not served any more)",
      "instance web: VIP 192.168.60.101/32 on eth0 is added",
      "service http: tcp 192.168.60.100:80 is removed (its connections end)",
    ],
  ],
  [
    "a server that goes",
    { ...FILE, services: { http: { ...http, servers: ["10.0.0.1:80", "10.0.0.2:80"] } } },
    ["service http: server 10.0.0.3:80 is removed (its 7 connections end)"],
  ],
  [
    "a server that goes, and drains first",
    {
      ...FILE,
      services: { http: { ...http, servers: ["10.0.0.1:80", "10.0.0.2:80"], removal: "drain" } },
    },
    [
      "service http: removal changes from immediate to drain",
      "service http: server 10.0.0.3:80 is removed: it drains, its 7 connections go on for 1h at most",
    ],
  ],
  [
    "another scheduler",
    { ...FILE, services: { http: { ...http, scheduler: "sh" } } },
    [
      "service http: scheduler changes from wlc to sh (clients that a hash sends may go to another server)",
    ],
  ],
  [
    "a check",
    { ...FILE, services: { http: { ...http, check: { type: "tcp" } } } },
    ["service http: checks change of 10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80"],
  ],
])("%s", (_, after, said) => {
  expect(sentences(after)).toEqual(said);
});

describe("roles that move", () => {
  const better: File = {
    ...FILE,
    directors: { ...DIRECTORS, lb1: { ...DIRECTORS.lb1, priority: 50 } },
  };

  test("by a priority that another one outdoes now", () => {
    expect(planned(FILE, better).moves).toEqual([
      {
        instance: "web",
        why: "lb2 has priority 100, and this director 50 by the new file",
      },
    ]);
  });

  test("by preemption that begins, where another one was better all the time", () => {
    const never = { ...better, instances: { web: { ...web, preempt: "never" } } };
    expect(planned(never, better).moves).toHaveLength(1);
    expect(planned(better, better).moves).toEqual([]);
  });

  test("not where nobody preempts, and not where this director is not master", () => {
    const never = { ...better, instances: { web: { ...web, preempt: "never" } } };
    expect(planned(FILE, never).moves).toEqual([]);
    expect(planned(FILE, better, []).moves).toEqual([]);
  });

  test.each([
    ["its interface changes from eth0 to eth1", { interface: "eth1" }],
    ["its routerId changes from 51 to 52", { routerId: 52 }],
  ])("%s", (why, changes) => {
    const after = { ...FILE, instances: { web: { ...web, ...changes } } };
    expect(planned(FILE, after).moves).toEqual([{ instance: "web", why }]);
  });
});

describe("what a hash moves", () => {
  const withHash = (scheduler: string, servers: readonly unknown[]): File => ({
    ...FILE,
    services: { http: { ...http, scheduler, servers } },
  });
  const [one, two, three] = http.servers;

  test.each([
    ["sh", [one, two], [one, two, three], /about 6\d % of the clients/],
    ["sh", [one, two], [two, one], undefined],
    ["mh", [one, two], [one, two, three], /at least about 33 % of the clients/],
    ["mh", [one, { address: two, weight: 1 }], [one, { address: two, weight: 3 }], /about 25 %/],
  ])("%s: %j to %j", (scheduler, before, after, said) => {
    const { operations } = planned(withHash(scheduler, before), withHash(scheduler, after));
    const anew = operations.find(({ what }) => what.includes("hash is made anew"));
    if (said) expect(anew?.disturbs).toMatch(said);
    else expect(anew).toBeUndefined();
  });
});

test("a VIP that goes to another link moves, and how it speaks is told by its key", () => {
  const before = { directors: DIRECTORS, heartbeat: { transport: "vrrp" }, instances: { web } };
  const vips = [{ address: "192.168.60.100", interface: "eth3" }];
  const after = { ...before, instances: { web: { ...web, vips, vrrp: { minTtl: 200 } } } };
  expect(planned(before, after).operations.map(({ what }) => what)).toEqual([
    "VIP 192.168.60.100/32 on eth0 moves to eth3",
    "minTtl changes from 255 to 200",
  ]);
});

test("it is empty exactly where the configurations are equal", () => {
  fc.assert(
    fc.property(pairsOf(poolOf(100, Date.now() % 1_000_000)), fc.boolean(), ([a, other], same) => {
      const b = same ? a : other;
      const view = { self: "lb1", masterOf: new Set<string>(), connections: () => undefined };
      const { operations } = planOf(a.config, b.config, view);
      // Two spellings of one value have two digests, and change nothing.
      expect(operations.length === 0).toBe(isDeepStrictEqual(a.config, b.config));
    }),
    { numRuns: 500 },
  );
});
