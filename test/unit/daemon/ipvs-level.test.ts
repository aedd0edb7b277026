/** The IPVS level against a kernel in memory: what it does, what it tells, what it leaves alone. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serviceName } from "../../../src/base/service.ts";
import type { Desired, DesiredService } from "../../../src/core/types.ts";
import { IpvsLevel, type IpvsLevelOptions } from "../../../src/daemon/ipvs-level.ts";
import type { Ipvs } from "../../../src/os/ipvs.ts";
import type { SyncDaemon } from "../../../src/wire/ipvs/types.ts";
import { FakeIpvs } from "../../support/fake-ipvs.ts";
import { destinationAt, serviceAt } from "../../support/ipvs.ts";

const web: DesiredService = {
  service: serviceAt("tcp", "10.0.0.1", 80),
  destinations: [destinationAt("10.0.0.2", 80), destinationAt("10.0.0.3", 80)],
};
const dns: DesiredService = {
  service: serviceAt("udp", "10.0.0.1", 53),
  destinations: [destinationAt("10.0.0.2", 53)],
};
const daemon = (role: SyncDaemon["role"]): SyncDaemon => ({
  role,
  interface: "eth1",
  syncId: 51,
  maxLength: undefined,
  group: undefined,
  port: undefined,
  ttl: undefined,
});

type Wanted = Pick<Desired, "services" | "timeouts" | "daemons">;
const WANTED: Wanted = { services: [web, dns], timeouts: undefined, daemons: [] };

let kernel: FakeIpvs;
let repaired: string[];
let problems: (string | undefined)[];
let open: () => Promise<Ipvs>;

beforeEach(() => {
  kernel = new FakeIpvs();
  repaired = [];
  problems = [];
  open = async () => kernel;
});
afterEach(() => {
  vi.useRealTimers();
});

const make = (options: Partial<IpvsLevelOptions> = {}): IpvsLevel =>
  new IpvsLevel({
    table: "share",
    leftovers: { services: [], roles: [] },
    sync: false,
    onRepaired: (what) => repaired.push(what),
    onProblem: (sentence) => problems.push(sentence),
    open: () => open(),
    ...options,
  });

const names = (): readonly string[] =>
  kernel.fake
    .tables()
    .map(({ service }) => serviceName(service.key))
    .toSorted();

/** A level that has filled the table, and a kernel that has forgotten how. */
async function filled(
  options: Partial<IpvsLevelOptions> = {},
  wanted = WANTED,
): Promise<IpvsLevel> {
  const level = make(options);
  await level.request(wanted);
  kernel.sent.length = 0;
  return level;
}

/** Makes the kernel wait with its next answer of a kind until the result is called. */
function hold(kind: "timeouts" | "apply"): () => void {
  let go = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    go = resolve;
  });
  kernel.holds.set(kind, until);
  return go;
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("the first pass", () => {
  it("fills the table, and tells of nothing", async () => {
    const level = make();
    await level.request(WANTED);
    expect(names()).toEqual(["tcp 10.0.0.1:80", "udp 10.0.0.1:53"]);
    expect(level.ready).toBe(true);
    expect(repaired).toEqual([]);
    expect(problems.at(-1)).toBeUndefined();
  });

  it("touches nothing of what is as desired", async () => {
    await filled();
    await make().request(WANTED);
    expect(kernel.sent).toEqual([]);
  });

  it("removes what an earlier run added, and leaves the rest alone", async () => {
    const [old, foreign] = [serviceAt("tcp", "10.0.0.8", 80), serviceAt("tcp", "10.0.0.9", 80)];
    kernel.fake.apply([
      { kind: "addService", service: old },
      { kind: "addService", service: foreign },
    ]);
    const level = await filled({ leftovers: { services: [serviceName(old.key)], roles: [] } });
    expect(names()).toEqual(["tcp 10.0.0.1:80", "tcp 10.0.0.9:80", "udp 10.0.0.1:53"]);
    expect(level.reading?.foreign).toEqual(["tcp 10.0.0.9:80"]);
  });

  it("stops the daemons of an earlier run where this one wants none, and only those", async () => {
    kernel.running = [daemon("master"), daemon("backup")];
    await filled({ leftovers: { services: [], roles: ["master"] } });
    expect(kernel.running.map(({ role }) => role)).toEqual(["backup"]);
  });
});

describe("the end", () => {
  it("removes the services that this run added, and only those", async () => {
    kernel.fake.apply([{ kind: "addService", service: serviceAt("tcp", "10.0.0.9", 80) }]);
    const level = await filled();
    await level.request({ ...WANTED, services: [] });
    expect(names()).toEqual(["tcp 10.0.0.9:80"]);
  });
});

describe("a patrol", () => {
  it("mends what somebody changed, and tells each thing once", async () => {
    const level = await filled();
    kernel.fake.apply([
      { kind: "removeService", key: dns.service.key },
      {
        kind: "editDestination",
        key: web.service.key,
        destination: destinationAt("10.0.0.2", 80, { weight: 7 }),
      },
    ]);
    await level.patrol();
    await level.patrol();
    expect(repaired).toEqual([
      "server 10.0.0.2:80 of tcp 10.0.0.1:80 had weight 7 instead of 1",
      "service udp 10.0.0.1:53 was missing",
    ]);
  });

  it("mends timeouts and daemons", async () => {
    const timeouts = { tcp: 600, tcpFin: 60, udp: 60 };
    const wanted = { ...WANTED, timeouts, daemons: [daemon("backup")] };
    const level = await filled({ sync: true }, wanted);
    kernel.current = { ...timeouts, tcp: 5 };
    kernel.running = [];
    await level.patrol();
    expect(kernel.current).toEqual(timeouts);
    expect(kernel.running).toHaveLength(1);
    expect(repaired).toEqual([
      "timeouts were tcp 5, tcpFin 60, udp 60",
      "the sync daemon did not run in role backup",
    ]);
  });

  it("tells a bounded number of sentences", async () => {
    const many = Array.from({ length: 300 }, (_, index) => ({
      service: serviceAt("tcp", "10.0.1.1", index + 1),
      destinations: [],
    }));
    const level = await filled({}, { ...WANTED, services: many });
    kernel.fake.apply([{ kind: "flush" }]);
    await level.patrol();
    expect(names()).toHaveLength(300);
    expect(repaired.length).toBeLessThanOrEqual(11);
    expect(repaired.at(-1)).toMatch(/^\d+ more$/);
  });

  it("stops half-way where something else is urgent", async () => {
    const level = await filled();
    kernel.fake.apply([{ kind: "flush" }]);
    await level.patrol(() => true);
    expect(names()).toEqual([]);
  });

  it("delays what is requested while it mends, and does not swallow it", async () => {
    const level = await filled({ sync: true });
    kernel.fake.apply([{ kind: "flush" }]);
    const go = hold("apply");
    const patrol = level.patrol();
    await turns();
    void level.request({ ...WANTED, daemons: [daemon("master")] });
    const settled = level.settled();
    go();
    await settled;
    expect(kernel.running).toHaveLength(1);
    await patrol;
  });

  it("does not begin while a request is carried out, which is waited for to its end", async () => {
    const level = await filled({ sync: true });
    const go = hold("apply");
    void level.request({ ...WANTED, daemons: [daemon("master")] });
    await turns();
    const patrol = level.patrol();
    await turns();
    const settled = level.settled();
    go();
    await settled;
    await patrol;
    expect(kernel.running).toHaveLength(1);
    expect(repaired).toEqual([]);
  });

  it("drops what it saw before a request", async () => {
    const level = await filled({}, { ...WANTED, services: [web] });
    const go = hold("timeouts");
    const patrol = level.patrol();
    await turns();
    await level.request(WANTED);
    go();
    await patrol;
    expect(names()).toHaveLength(2);
    expect(repaired).toEqual([]);
  });

  it("does not run twice at once", async () => {
    const level = await filled();
    const before = kernel.timesRead;
    await Promise.all([level.patrol(), level.patrol()]);
    expect(kernel.timesRead).toBe(before + 1);
  });
});

describe("a kernel that refuses", () => {
  const refusal = "add server 10.0.0.3:80 to tcp 10.0.0.1:80";

  it("is a problem that stays until it is over, and is not told as repaired", async () => {
    kernel.refused.add(refusal);
    const level = await filled();
    expect(problems.at(-1)).toContain("10.0.0.3:80");
    await level.patrol();
    expect(problems.at(-1)).toContain("10.0.0.3:80");
    expect(repaired).toEqual([]);
    kernel.refused.clear();
    await level.patrol();
    expect(problems.at(-1)).toBeUndefined();
  });
});

describe("a kernel that fails", () => {
  it("is opened again after a while, and not at every request", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let opened = 0;
    open = async () => {
      opened++;
      throw new Error("no IPVS here");
    };
    const level = make();
    await level.request(WANTED);
    for (let i = 0; i < 5; i++) await level.request({ ...WANTED, daemons: [daemon("master")] });
    expect(opened).toBe(1);
    expect(problems.at(-1)).toBe("no IPVS here");
    open = async () => kernel;
    await vi.advanceTimersByTimeAsync(5000);
    await level.settled();
    expect(names()).toHaveLength(2);
    expect(problems.at(-1)).toBeUndefined();
  });

  it("during a patrol is a problem, and mended afterwards", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const level = await filled();
    kernel.broken = new Error("gone");
    await level.patrol();
    expect(problems.at(-1)).toBe("gone");
    kernel = new FakeIpvs();
    await vi.advanceTimersByTimeAsync(5000);
    await level.settled();
    expect(names()).toHaveLength(2);
    expect(problems.at(-1)).toBeUndefined();
    level.close();
  });
});
