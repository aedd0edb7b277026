/** A director that comes back may have turned the neighbours to itself: the master announces. */
import { describe, expect, test } from "vitest";
import type { Ip } from "../../../../src/base/ip.ts";
import { after, instant, ms } from "../../../../src/base/units.ts";
import { step } from "../../../../src/core/vrrp/step.ts";
import { initial, toMaster } from "../../../../src/core/vrrp/transitions.ts";
import type { Heard, VrrpConfig, VrrpState, VrrpStep } from "../../../../src/core/vrrp/types.ts";

const config: VrrpConfig = {
  self: { director: "lb1", address: "192.168.60.130" as Ip, priority: 150 },
  selfId: 1,
  interval: ms(250),
  missed: 3,
  preempt: { kind: "never" },
  authenticated: true,
  levelAfter: ms(0),
  synced: false,
  rfc: undefined,
  grouped: false,
  witnessHold: ms(0),
};

const backup: Heard = {
  director: "lb2",
  id: 2,
  address: "192.168.60.131" as Ip,
  hearsUs: true,
  sameConfig: true,
  report: {
    id: 7,
    routerId: 51,
    state: "backup",
    claim: false,
    level: true,
    hold: false,
    wants: false,
    asks: false,
    priority: 100,
    serviceable: true,
    sees: false,
    blind: false,
    interval: ms(250),
    vipDigest: "00",
    followed: 1,
    followedAge: ms(0),
    successor: 0,
    activeConnections: 0,
    inactiveConnections: 0,
    passesStarted: 0,
    passesSent: 0,
    passCount: 0,
  },
};

const START = instant(10_000);
const cause = { kind: "noMaster", waited: ms(750) } as const;
const master = toMaster(initial(START), { cause, claiming: true }, START).state;

const announced = ({ effects }: VrrpStep): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "announce" ? [effect.why] : []));

/** The master has spoken all the while. */
const hear = (state: VrrpState, at: number, peer: Heard = backup): VrrpStep => {
  const now = after(START, ms(at));
  const speaking = state.kind === "master" ? { ...state, claimedAt: now } : state;
  return step(speaking, config, { kind: "heard", peer }, now);
};

describe("a master", () => {
  test("announces when a director is heard for the first time, and not with each word", () => {
    const first = hear(master, 100);
    expect(announced(first)).toEqual(["lb2 is heard again"]);
    expect(announced(hear(first.state, 350))).toEqual([]);
  });

  test("announces when one is heard again after a silence, though the goodbye was lost", () => {
    const { state } = hear(master, 100);
    expect(announced(hear(state, 100 + 749))).toEqual([]);
    expect(announced(hear(state, 100 + 750))).toEqual(["lb2 is heard again"]);
  });

  test("waits for the VIPs to be off where the one that returns still serves", () => {
    const { state } = hear(master, 100);
    const leaving: Heard = { ...backup, report: { ...backup.report, state: "leaving" } };
    const returned = hear(state, 2000, leaving);
    expect(announced(returned)).toEqual([]);
    expect(announced(hear(returned.state, 2010))).toEqual(["lb2 let go"]);
  });
});
