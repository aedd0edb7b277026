/** Weights of what is tracked, with keepalived's arithmetic. */
import { describe, expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import type { TrackUse } from "../../../../src/config/track-types.ts";
import type { Config } from "../../../../src/config/types.ts";
import { initialDirector, makeSetup } from "../../../../src/core/director/setup.ts";
import { weigh } from "../../../../src/core/director/tracks.ts";
import type { DirectorEvent, TrackVerdict } from "../../../../src/core/director/types.ts";
import type { ProbeResult } from "../../../../src/core/health/types.ts";
import { effectivePriority } from "../../../../src/core/vrrp/election.ts";
import { simConfig } from "../../../sim/config.ts";
import { live, STARTED, type Told, tell } from "../../../support/directors.ts";
import { fleet } from "../../../support/health.ts";

const HOLDS: TrackVerdict = { holds: true, value: undefined, why: "" };
const FAILED: TrackVerdict = { holds: false, value: undefined, why: "" };
const number = (value: number): TrackVerdict => ({ holds: true, value, why: "" });

const use = (weight: number, reverse = false): TrackUse => ({ track: "t", weight, reverse });

test.each([
  ["nobody has looked", use(0), undefined, { bonus: 0, fault: false }],
  ["it holds", use(0), HOLDS, { bonus: 0, fault: false }],
  ["it has failed", use(0), FAILED, { bonus: 0, fault: true }],
  ["reverse, it holds", use(0, true), HOLDS, { bonus: 0, fault: true }],
  ["reverse, it has failed", use(0, true), FAILED, { bonus: 0, fault: false }],
  ["above 0, it holds", use(20), HOLDS, { bonus: 20, fault: false }],
  ["above 0, it has failed", use(20), FAILED, { bonus: 0, fault: false }],
  ["below 0, it holds", use(-20), HOLDS, { bonus: 0, fault: false }],
  ["below 0, it has failed", use(-20), FAILED, { bonus: -20, fault: false }],
  ["above 0, reverse, it holds", use(20, true), HOLDS, { bonus: -20, fault: false }],
  ["above 0, reverse, it has failed", use(20, true), FAILED, { bonus: 0, fault: false }],
  ["below 0, reverse, it holds", use(-20, true), HOLDS, { bonus: 0, fault: false }],
  ["below 0, reverse, it has failed", use(-20, true), FAILED, { bonus: 20, fault: false }],
  ["a number", use(2), number(-15), { bonus: -30, fault: false }],
  ["a number that is cut", use(1), number(9999), { bonus: 253, fault: false }],
  ["a number so low that it is a fault", use(3), number(-100), { bonus: -254, fault: true }],
])("%s", (_, one, verdict, expected) => {
  const verdicts = verdict ? { t: verdict } : {};
  expect(weigh([one], verdicts)).toMatchObject(expected);
});

test("several add up", () => {
  const uses = [use(20), { track: "u", weight: -50, reverse: false }];
  expect(weigh(uses, { t: HOLDS, u: FAILED })).toEqual({
    bonus: -30,
    fault: false,
    failing: ["u"],
  });
});

/** lb1 alone, with one track. */
function director(uses: readonly TrackUse[], priority = 150): Told {
  const config = simConfig({ priorities: [priority, 100], vrrp: 3 });
  const instances = config.instances.map((one) => ({ ...one, tracks: uses }));
  return started({ ...config, instances });
}

function started(config: Config): Told {
  const setup = makeSetup({
    config,
    configDigest: "1111111111111111",
    self: "lb1",
    session: "5".repeat(32),
    counter: 1,
    keyId: 0,
    authenticated: true,
  });
  const begun = tell(initialDirector(setup, instant(0)), [0, STARTED]);
  return live(begun.state, 0, 1500);
}

const tracked = (verdict: TrackVerdict): DirectorEvent => ({
  kind: "tracked",
  track: "t",
  verdict,
});

const priorityOf = ({ state }: Told): number => {
  const [one] = Object.values(state.instances);
  const [election] = Object.values(state.setup.elections);
  if (!one || !election) throw new Error("no instance");
  return effectivePriority(election, one);
};

describe("a master", () => {
  const on: DirectorEvent = { kind: "vipsOn", instance: "i0" };

  test("says a new priority at once", () => {
    const master = tell(director([use(-60)]).state, [1500, on]);
    expect(master.state.instances["i0"]?.kind).toBe("master");
    const lower = tell(master.state, [1510, tracked(FAILED)]);
    expect(priorityOf(lower)).toBe(90);
    expect(lower.effects).toEqual([
      { kind: "reweighed", instance: "i0", priority: 90 },
      { kind: "advertise", adverts: [{ instance: "i0", priority: 90 }] },
    ]);
    const again = tell(lower.state, [1520, tracked(HOLDS)]);
    expect(again.effects).toEqual([
      { kind: "reweighed", instance: "i0", priority: 150 },
      { kind: "advertise", adverts: [{ instance: "i0", priority: 150 }] },
    ]);
  });

  test("without a weight it is at fault, and returns when it is over", () => {
    const master = tell(director([use(0)]).state, [1500, on]);
    const faulty = tell(master.state, [1510, tracked(FAILED)]);
    expect(faulty.state.instances["i0"]).toMatchObject({ kind: "fault", faults: ["tracked"] });
    const off = tell(faulty.state, [1512, { kind: "vipsOff", instance: "i0" }]);
    expect(off.effects).toContainEqual({
      kind: "advertise",
      adverts: [{ instance: "i0", priority: 0 }],
    });
    const over = tell(off.state, [2000, tracked(HOLDS)]);
    expect(over.state.instances["i0"]?.kind).toBe("backup");
  });

  test("whose service lost its quorum says so: nobody tells what the backup sees", () => {
    const of = fleet(2, { quorum: 2, penalty: 60, share: 1 }, { instance: "i0" });
    const master = tell(
      started({ ...simConfig({ priorities: [150, 100], vrrp: 3 }), ...of }).state,
      [1500, on],
    );
    const answer = (probe: number, ok: boolean, at: number): ProbeResult => ({
      probe,
      ok,
      run: 2,
      reason: "",
      warning: undefined,
      weight: undefined,
      latency: ms(1),
      at: instant(at),
    });
    const all = [0, 1].map((probe) => answer(probe, true, 1510));
    const well = tell(master.state, [1510, { kind: "probed", results: all }]);
    expect(priorityOf(well)).toBe(150);
    const one = [answer(1, false, 1600)];
    const lost = tell(well.state, [1600, { kind: "probed", results: one }]);
    expect(priorityOf(lost)).toBe(90);
    expect(lost.effects).toContainEqual({
      kind: "advertise",
      adverts: [{ instance: "i0", priority: 90 }],
    });
  });

  test("stays between 1 and 254, and an owner stays what it is", () => {
    expect(priorityOf(tell(director([use(253)], 200).state, [1500, tracked(HOLDS)]))).toBe(254);
    expect(priorityOf(tell(director([use(-253)], 200).state, [1500, tracked(FAILED)]))).toBe(1);
    expect(priorityOf(tell(director([use(-50)], 255).state, [1500, tracked(FAILED)]))).toBe(255);
  });
});

describe("a group's tracks", () => {
  const config = simConfig({ priorities: [150, 100], vrrp: 3, instances: 2, grouped: true });
  const of = (uses: readonly TrackUse[]): Told => {
    const notify = config.instances[0]?.notify;
    if (!notify) throw new Error("no instance");
    return started({ ...config, groups: [{ name: "all", tracks: uses, notify }] });
  };

  test("move every member by the weight, once", () => {
    const { state } = tell(of([use(-20)]).state, [1500, tracked(FAILED)]);
    const bonuses = Object.values(state.instances).map(({ bonus }) => bonus);
    expect(bonuses).toEqual([-20, -20]);
  });

  test("without a weight are a fault of all", () => {
    const { state } = tell(of([use(0)]).state, [1500, tracked(FAILED)]);
    expect(Object.values(state.instances).map(({ kind }) => kind)).toEqual(["fault", "fault"]);
    const over = tell(state, [1600, tracked(HOLDS)]);
    expect(Object.values(over.state.instances).flatMap(({ faults }) => faults)).toEqual([]);
  });
});
