/** A director that runs A and is told B is like one that began with B. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { after, elapsed, type Instant, instant, ms } from "../../../../src/base/units.ts";
import { desiredOf } from "../../../../src/core/director/desired.ts";
import { initialDirector, makeSetup } from "../../../../src/core/director/setup.ts";
import { step } from "../../../../src/core/director/step.ts";
import type { DirectorEvent, DirectorState, Setup } from "../../../../src/core/director/types.ts";
import type { ProbeResult } from "../../../../src/core/health/types.ts";
import { reconfigure } from "../../../../src/core/reload/reconfigure.ts";
import { retiredBy } from "../../../../src/core/reload/retire.ts";
import { effectivePriority } from "../../../../src/core/vrrp/election.ts";
import { type File, pairsOf, poolOf, type Valid, validOf } from "../../../support/random-files.ts";

const setupOf = ({ config, digest }: Valid): Setup =>
  makeSetup({
    config,
    configDigest: digest,
    self: "lb1",
    session: "5".repeat(32),
    counter: 1,
    keyId: 0,
    authenticated: true,
  });

/** Nine tenths of intervals: more than three with a skew, twice. */
const SILENCE = 12;
/** A sync role that is not wanted any more stays so long. */
const LINGERING_MS = 5000;

/** A director without a peer that answers: it takes what it may. */
class Alone {
  state: DirectorState;
  now: Instant = instant(1000);

  constructor(valid: Valid) {
    this.state = initialDirector(setupOf(valid), this.now);
    this.tell({ kind: "started", adopt: [], level: true, holds: {} });
    this.settle();
  }

  tell(event: DirectorEvent): void {
    this.state = step(this.state, event, this.now).state;
  }

  /** Elections are over, the kernel obeys, every server answers. */
  settle(): void {
    const { probes, heartbeat } = this.state.setup.config;
    this.tell({ kind: "probed", results: probes.map((_, i) => answer(i, this.now)) });
    const began = this.now;
    for (let i = 0; i < SILENCE || elapsed(began, this.now) < LINGERING_MS; i++) {
      this.now = after(this.now, ms(0.9 * heartbeat.interval));
      this.tell({ kind: "deadline" });
      for (const [instance, one] of Object.entries(this.state.instances)) {
        if (one.kind === "master" && one.vips === "pending")
          this.tell({ kind: "vipsOn", instance });
        if (one.kind === "leaving" && one.phase === "releasing") {
          this.tell({ kind: "vipsOff", instance });
        }
      }
    }
  }

  reload(valid: Valid): void {
    for (const { name: instance } of retiredBy(this.state.setup.config, valid.config)) {
      this.tell({ kind: "retired", instance });
    }
    this.settle();
    this.state = reconfigure(this.state, setupOf(valid), this.now);
    this.tell({ kind: "reconfigured" });
    this.settle();
  }
}

const answer = (probe: number, at: Instant): ProbeResult => ({
  probe,
  ok: true,
  run: 20,
  reason: "answers",
  warning: undefined,
  weight: undefined,
  latency: ms(1),
  at,
});

/** What the kernel is to hold, and how each instance stands in the election. */
function essence({ state }: Alone): unknown {
  const { instances, setup, running } = state;
  return {
    running,
    setup,
    desired: desiredOf(state),
    instances: Object.entries(instances).map(([name, one]) => {
      const election = setup.elections[name];
      return [name, one.kind, one.faults, election && effectivePriority(election, one)];
    }),
    quorums: state.health.services.map(({ quorum, servers }) => [
      quorum,
      servers.map((s) => s.kind),
    ]),
  };
}

const RUNS = 1000;

test("A and then B equals B, a thousand times", () => {
  const seed = Date.now() % 1_000_000;
  fc.assert(
    fc.property(pairsOf(poolOf(150, seed)), ([a, b]) => {
      const reloaded = new Alone(a);
      reloaded.reload(b);
      expect(essence(reloaded)).toEqual(essence(new Alone(b)));
    }),
    { numRuns: RUNS, seed },
  );
}, 60_000);

const FILE: File = {
  directors: {
    lb1: { address: "192.168.60.130", priority: 150 },
    lb2: { address: "192.168.60.131", priority: 100 },
  },
  instances: { web: { routerId: 51, interface: "eth0", vips: ["192.168.60.100"] } },
  services: {
    http: {
      listen: "tcp 192.168.60.100:80",
      servers: ["10.0.0.1:80", "10.0.0.2:80"],
      check: { type: "tcp", interval: "1s", fall: 3 },
    },
  },
};

const valid = (file: File): Valid => {
  const found = validOf(file);
  if (!found) throw new TypeError("the file is not valid");
  return found;
};

const withService = (changes: File): File => {
  const { http } = FILE["services"] as { http: File };
  return { ...FILE, services: { http: { ...http, ...changes } } };
};

describe("what is known stays", () => {
  test("since when it is master, and why", () => {
    const director = new Alone(valid(FILE));
    const { since, cause } = director.state.instances["web"] ?? {};
    director.reload(valid({ ...FILE, heartbeat: { interval: "1s" } }));
    expect(director.state.instances["web"]).toMatchObject({ kind: "master", since, cause });
  });

  test("a server that failed is not in the table again, one that is new is", () => {
    const director = new Alone(valid(FILE));
    const dead = { ...answer(0, director.now), ok: false, reason: "refused" };
    director.tell({ kind: "probed", results: [dead] });
    const servers = ["10.0.0.3:80", "10.0.0.2:80", "10.0.0.1:80"];
    const setup = setupOf(valid(withService({ servers })));
    director.state = reconfigure(director.state, setup, director.now);
    director.tell({ kind: "reconfigured" });
    const kinds = director.state.health.services[0]?.servers.map(({ kind }) => kind);
    expect(kinds).toEqual(["checking", "up", "down"]);
    const [table] = desiredOf(director.state).services;
    expect(table?.destinations.map(({ address }) => address)).toEqual(["10.0.0.2"]);
  });

  test("a server that is asked something else stays until it has answered", () => {
    const director = new Alone(valid(FILE));
    const setup = setupOf(valid(withService({ check: { type: "http" } })));
    director.state = reconfigure(director.state, setup, director.now);
    director.tell({ kind: "reconfigured" });
    expect(desiredOf(director.state).services[0]?.destinations).toHaveLength(2);
    const dead = { ...answer(0, director.now), ok: false, reason: "404" };
    director.tell({ kind: "probed", results: [dead] });
    expect(desiredOf(director.state).services[0]?.destinations).toHaveLength(1);
  });

  describe("a server that is taken out, and is to drain", () => {
    const servers = ["10.0.0.1:80"];
    const [FIRST, SECOND] = ["10.0.0.1*1", "10.0.0.2*0"];

    function without(changes: File = {}): Alone {
      const director = new Alone(valid(FILE));
      reload(director, { servers, removal: "drain", drainLimit: "10m", ...changes });
      return director;
    }

    function reload(director: Alone, changes: File): void {
      const setup = setupOf(valid(withService(changes)));
      director.state = reconfigure(director.state, setup, director.now);
      director.tell({ kind: "reconfigured" });
    }

    const tableOf = ({ state }: Alone): readonly string[] =>
      (desiredOf(state).services[0]?.destinations ?? []).map(
        ({ address, weight }) => `${address}*${weight}`,
      );

    const drained = (director: Alone): void =>
      director.tell({ kind: "drained", service: "http", servers: ["10.0.0.2:80"], why: "empty" });

    test("stands with weight 0 until it has no connection left", () => {
      const director = without();
      expect(tableOf(director)).toEqual([FIRST, SECOND]);
      director.tell({ kind: "probed", results: [answer(0, director.now)] });
      expect(tableOf(director)).toEqual([FIRST, SECOND]);
      drained(director);
      expect(tableOf(director)).toEqual([FIRST]);
    });

    test("goes at its limit, whatever it has, and somebody is told", () => {
      const director = without();
      director.now = after(director.now, ms(599_000));
      director.tell({ kind: "deadline" });
      expect(tableOf(director)).toEqual([FIRST, SECOND]);
      director.now = after(director.now, ms(1000));
      const { state, effects } = step(director.state, { kind: "deadline" }, director.now);
      const why = "its time is over";
      const change = { kind: "left", service: "http", server: "10.0.0.2:80", why };
      expect(effects).toContainEqual({ kind: "health", change });
      expect(effects).toContainEqual({ kind: "administered", said: [] });
      expect(state.health.services[0]?.leaving).toEqual([]);
    });

    test("goes at once where nothing says that it drains, now or by a later reload", () => {
      expect(tableOf(without({ removal: "immediate" }))).toEqual([FIRST]);
      const director = without();
      reload(director, { servers, removal: "immediate" });
      expect(tableOf(director)).toEqual([FIRST]);
    });

    test("drains on over another reload, and serves when it is in the file again", () => {
      const director = without();
      reload(director, { servers, removal: "drain", scheduler: "rr" });
      expect(tableOf(director)).toEqual([FIRST, SECOND]);
      reload(director, { removal: "drain" });
      expect(director.state.health.services[0]?.leaving).toEqual([]);
      director.tell({ kind: "probed", results: [0, 1].map((i) => answer(i, director.now)) });
      expect(tableOf(director)).toEqual([FIRST, "10.0.0.2*1"]);
    });

    test("is not put back where it was out of the table", () => {
      const director = new Alone(valid(FILE));
      for (let run = 1; run <= 3; run++) {
        const dead = { ...answer(1, director.now), ok: false, run };
        director.tell({ kind: "probed", results: [dead] });
      }
      expect(tableOf(director)).toEqual([FIRST]);
      reload(director, { servers, removal: "drain" });
      expect(tableOf(director)).toEqual([FIRST]);
    });

    test("waits in a backup, which may not know of its connections yet", () => {
      const director = without();
      director.tell({ kind: "faulted", instance: "web", fault: "linkDown" });
      drained(director);
      expect(tableOf(director)).toEqual([FIRST, SECOND]);
      director.tell({
        kind: "drained",
        service: "http",
        servers: ["10.0.0.2:80"],
        why: "disabled",
      });
      expect(tableOf(director)).toEqual([FIRST]);
    });

    test("drains on after a restart, as far as the file lets it", () => {
      const { leaving } = without().state.health.services[0] ?? { leaving: [] };
      const restarted = (changes: File): readonly string[] => {
        const director = new Alone(valid(withService(changes)));
        director.tell({ kind: "drains", service: "http", servers: leaving });
        return tableOf(director);
      };
      expect(restarted({ servers, removal: "drain" })).toEqual([FIRST, SECOND]);
      expect(restarted({ removal: "drain" })).toEqual([FIRST, "10.0.0.2*1"]);
      expect(restarted({ servers })).toEqual([FIRST]);
    });
  });

  test("a drained server stays drained", () => {
    const director = new Alone(valid(FILE));
    const entry = {
      service: undefined,
      address: "10.0.0.1",
      port: 80,
      action: "drain",
      version: 1,
      director: "lb1",
      who: "somebody",
      reason: "",
      time: "",
      until: undefined,
    } as const;
    director.tell({ kind: "decided", entry });
    director.reload(valid(withService({ scheduler: "rr" })));
    const [table] = desiredOf(director.state).services;
    expect(table?.service.scheduler).toBe("rr");
    expect(table?.destinations.map(({ weight }) => weight)).toEqual([0, 1]);
  });

  test("a master whose list of VIPs has changed waits to see them stand", () => {
    const director = new Alone(valid(FILE));
    const web = { routerId: 51, interface: "eth0", vips: ["192.168.60.100", "192.168.60.101"] };
    const setup = setupOf(valid({ ...FILE, instances: { web } }));
    director.state = reconfigure(director.state, setup, director.now);
    expect(director.state.instances["web"]).toMatchObject({ kind: "master", vips: "pending" });
    const { effects } = step(director.state, { kind: "vipsOn", instance: "web" }, director.now);
    expect(effects.some(({ kind }) => kind === "announce")).toBe(true);
  });
});

test("who is about to end begins nothing, whatever comes to run", () => {
  const director = new Alone(valid(FILE));
  director.tell({ kind: "stopping" });
  director.settle();
  const setup = setupOf(valid({ ...FILE, heartbeat: { interval: "1s" } }));
  director.state = reconfigure(director.state, setup, director.now);
  director.tell({ kind: "reconfigured" });
  expect(director.state.instances["web"]?.kind).toBe("initialize");
});

test("who retires alone does not end the director", () => {
  const director = new Alone(valid(FILE));
  director.tell({ kind: "retired", instance: "web" });
  director.settle();
  expect(director.state.instances["web"]?.kind).toBe("initialize");
  expect(director.state.running).toBe(true);
});
