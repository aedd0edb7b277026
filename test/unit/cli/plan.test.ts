/** Whether a drill may start. */
import { describe, expect, test } from "vitest";
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
  expect(planDrill(SNAPSHOT, undefined)).toMatchObject({
    kind: "ready",
    from: "lb1",
    to: "lb2",
    giving: true,
  });
  expect(planDrill(with_(BACKUP, MASTER), "web")).toMatchObject({
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
    expect(planDrill(snapshot, instance)).toEqual({ kind: "unfit", reasons });
  });

  test("several instances, none named", () => {
    const [web] = SNAPSHOT.instances;
    if (!web) throw new Error("incomplete");
    const two = { ...SNAPSHOT, instances: [web, { ...web, name: "api" }] };
    expect(planDrill(two, undefined)).toEqual({
      kind: "unfit",
      reasons: ["there are several instances, name one: web, api"],
    });
    expect(planDrill(two, "api")).toMatchObject({ kind: "ready", instance: { name: "api" } });
  });
});
