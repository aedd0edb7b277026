/** Whether a drill may start. */
import { describe, expect, test } from "vitest";
import { stuckAt } from "../../../src/cli/drill/by-adverts.ts";
import { planDrill } from "../../../src/cli/drill/plan.ts";
import type {
  InstanceSnapshot,
  PeerSnapshot,
  Snapshot,
} from "../../../src/core/director/snapshot-types.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";

type ViewOfPeer = InstanceSnapshot["peers"][number];

const with_ = (
  own: Partial<InstanceSnapshot>,
  view: Partial<ViewOfPeer> = {},
  peer: Partial<PeerSnapshot> = {},
): Snapshot => ({
  ...SNAPSHOT,
  instances: SNAPSHOT.instances.map((one) => ({
    ...one,
    ...own,
    peers: one.peers.map((each) => ({ ...each, ...view })),
  })),
  peers: SNAPSHOT.peers.map((one) => ({ ...one, ...peer })),
});
const BACKUP = { state: "backup", master: "lb2" };
const MASTER = { state: "master", claims: true };

test("the master gives, the backup takes", () => {
  expect(planDrill(SNAPSHOT, {})).toMatchObject({
    kind: "ready",
    from: "lb1",
    to: "lb2",
    giving: true,
  });
  expect(planDrill(with_(BACKUP, MASTER), { name: "web" })).toMatchObject({
    kind: "ready",
    from: "lb2",
    to: "lb1",
    giving: false,
  });
});

describe("what speaks against it", () => {
  test.each<[string, Snapshot, string | undefined, readonly string[]]>([
    ["no such instance", SNAPSHOT, "wbe", ["no instance wbe; there are web"]],
    [
      "fault",
      with_({ state: "fault", why: "eth0 is down" }),
      "web",
      ["lb1 is in state fault: eth0 is down"],
    ],
    ["peer silent", with_({}, {}, { alive: false }), "web", ["lb2 is not heard"]],
    ["peer deaf", with_({}, { hearsUs: false }), "web", ["lb2 does not hear lb1"]],
    ["peer in fault", with_({}, { state: "fault" }), "web", ["lb2 is in state fault"]],
    [
      "peer not level",
      with_({}, { level: false }),
      "web",
      ["lb2 is not level: its connection table is incomplete"],
    ],
    ["peer dead inside", with_({}, { serviceable: false }), "web", ["lb2 can not serve"]],
    [
      "peer on hold",
      with_({}, { hold: true }),
      "web",
      ["lb2 is on hold: see `baton resume` there"],
    ],
    [
      "other configuration",
      with_({}, {}, { sameConfig: false }),
      "web",
      ["lb2 runs another configuration"],
    ],
    ["other VIPs", with_({}, { sameVips: false }), "web", ["lb2 has other VIPs"]],
    ["two masters", with_({}, MASTER), "web", ["lb2 claims to be master as well"]],
    [
      "no way back",
      with_({ level: false }),
      "web",
      ["lb1 is not level: its connection table is incomplete"],
    ],
    ["no master", with_(BACKUP), "web", ["no master is heard"]],
    [
      "own hold",
      with_({ ...BACKUP, holdMs: 5000 }, MASTER),
      "web",
      ["lb1 is on hold: see `baton resume`"],
    ],
    ["own fault", with_({ ...BACKUP, faults: ["x"] }, MASTER), "web", ["lb1: x"]],
    ["master deaf", with_(BACKUP, { ...MASTER, hearsUs: false }), "web", ["lb2 does not hear lb1"]],
    ["alone", { ...with_({}), peers: [] }, "web", ["there is no other director"]],
  ])("%s", (_name, snapshot, instance, reasons) => {
    expect(planDrill(snapshot, { name: instance })).toEqual({ kind: "unfit", reasons });
  });

  test("several instances, none named", () => {
    const [web] = SNAPSHOT.instances;
    if (!web) throw new Error("incomplete");
    const two = { ...SNAPSHOT, instances: [web, { ...web, name: "api" }] };
    expect(planDrill(two, {})).toEqual({
      kind: "unfit",
      reasons: ["there are several instances, name one: web, api"],
    });
    expect(planDrill(two, { name: "api" })).toMatchObject({
      kind: "ready",
      instance: { name: "api" },
    });
  });
});

describe("over VRRP, where a backup is silent", () => {
  const vrrp = (preemptAfterMs: number | undefined): InstanceSnapshot["vrrp"] => ({
    version: 3,
    mode: "unicast",
    advertised: [],
    intervalMs: 1000,
    preemptAfterMs,
    vmac: undefined,
  });

  test("the master gives, and comes back by itself; what nobody knows is said", () => {
    const plan = planDrill(with_({ vrrp: vrrp(5000), peers: [] }, {}, { alive: false }), {});
    expect(plan).toMatchObject({ kind: "ready", from: "lb1", to: "lb2", waitsMs: 5000 });
    expect(plan).toMatchObject({ unknown: [expect.stringMatching(/^whether lb2 lives/)] });
  });

  test.each<[string, Snapshot, RegExp]>([
    ["who is backup", with_({ ...BACKUP, vrrp: vrrp(0) }, MASTER), /run the drill on lb2; where/],
    ["who never preempts", with_({ vrrp: vrrp(undefined) }), /--stay/],
    [
      "two masters",
      with_({ vrrp: vrrp(0) }, { ...MASTER, heardAgoMs: 700 }),
      /^lb2 said 700ms ago that it is master/,
    ],
    ["fault", with_({ vrrp: vrrp(0), state: "fault", why: "x" }), /^lb1 is in state fault: x$/],
  ])("%s does not start", (_, snapshot, reason) => {
    expect(planDrill(snapshot, {})).toEqual({
      kind: "unfit",
      reasons: [expect.stringMatching(reason)],
    });
  });

  test("who was master and let go is no rival", () => {
    const snapshot = with_({ vrrp: vrrp(0) }, { ...MASTER, heardAgoMs: 2500 });
    expect(planDrill(snapshot, {})).toMatchObject({ kind: "ready" });
  });

  test("with --stay nobody has to come back", () => {
    const snapshot = with_({ vrrp: vrrp(undefined) });
    expect(planDrill(snapshot, { stay: true })).toMatchObject({ kind: "ready" });
  });

  test("a master that is as good stays", () => {
    const [before] = with_({}).instances;
    const stuck = (priority: number): string | undefined => {
      const [now] = with_({ ...BACKUP, effectivePriority: 1 }, { ...MASTER, priority }).instances;
      return now && before && stuckAt(now, before);
    };
    expect([stuck(149), stuck(150)]).toEqual([undefined, expect.stringContaining("is 150")]);
  });
});
