import { describe, expect, test } from "vitest";
import { desiredOf, desiresSame } from "../../../../src/core/director/desired.ts";
import { activeRoles } from "../../../../src/core/director/roles.ts";
import { directorWith, live, STARTED, tell } from "../../../support/directors.ts";

const started = tell(directorWith({ priorities: [150, 100], instances: 2, sync: true }), [
  0,
  STARTED,
]);
const master = live(started.state, 0, 750);

describe("sync roles", () => {
  test("a host without a start plays none, a backup plays backup", () => {
    expect(activeRoles(directorWith({ priorities: [2, 1] }))).toEqual([]);
    expect(activeRoles(started.state)).toEqual(["backup"]);
  });

  test("a role that is not wanted any more lingers for 3 s", () => {
    expect(activeRoles(master.state)).toEqual(["master", "backup"]);
    const at = (time: number) => activeRoles(live(master.state, 750, time).state);
    expect(at(3749)).toEqual(["master", "backup"]);
    expect(at(3750)).toEqual(["master"]);
  });

  test("a role that is wanted again does not stop", () => {
    const fault = { kind: "faulted", instance: "i0", fault: "linkDown" } as const;
    const mixed = tell(master.state, [751, fault]);
    expect(activeRoles(live(mixed.state, 751, 9000).state)).toEqual(["master", "backup"]);
  });

  test("a master that stops does not begin to learn", () => {
    const alone = live(master.state, 750, 4000);
    expect(activeRoles(alone.state)).toEqual(["master"]);
    const stop = tell(alone.state, [4001, { kind: "stopping" }]);
    expect(activeRoles(stop.state)).toEqual(["master"]);
    const half = tell(stop.state, [4002, { kind: "vipsOff", instance: "i0" }]);
    expect(activeRoles(half.state)).toEqual(["master"]);
    const done = tell(half.state, [4003, { kind: "vipsOff", instance: "i1" }]);
    expect(activeRoles(done.state)).toEqual(["master"]);
    expect(activeRoles(live(done.state, 4003, 7100).state)).toEqual([]);
  });

  test("they are levels of the kernel where connections are synchronized", () => {
    const roles = desiredOf(master.state).daemons.map(({ role }) => role);
    expect(roles).toEqual(["master", "backup"]);
    const alone = tell(directorWith({ priorities: [150, 100] }), [0, STARTED]);
    expect(desiredOf(alone.state).daemons).toEqual([]);
  });
});

describe("levels", () => {
  test("are asked for anew exactly where they are others", () => {
    const fault = { kind: "faulted", instance: "i0", fault: "linkDown" } as const;
    const stop = tell(master.state, [2000, { kind: "stopping" }]);
    const states = [
      directorWith({ priorities: [150, 100], instances: 2, sync: true }),
      started.state,
      live(started.state, 0, 500).state,
      master.state,
      live(master.state, 750, 4000).state,
      tell(master.state, [2000, fault]).state,
      stop.state,
      tell(stop.state, [2001, { kind: "vipsOff", instance: "i0" }]).state,
    ].map((state) => ({ ...state, setup: started.state.setup }));
    for (const a of states) {
      for (const b of states) {
        const equal = JSON.stringify(desiredOf(a)) === JSON.stringify(desiredOf(b));
        // Roles that linger differ without another desire; what is called the same has to be it.
        if (desiresSame(a, b)) expect(equal).toBe(true);
      }
    }
    expect(desiresSame(master.state, live(master.state, 750, 1500).state)).toBe(true);
    expect(desiresSame(master.state, tell(master.state, [2000, fault]).state)).toBe(false);
  });

  test("VIPs follow the state: on as master, off at fault", () => {
    expect(desiredOf(started.state).vips).toEqual([]);
    expect(desiredOf(master.state).vips.map(({ address }) => address)).toEqual([
      "10.1.0.1",
      "10.1.0.2",
    ]);
    const fault = { kind: "faulted", instance: "i0", fault: "linkDown" } as const;
    const { state } = tell(master.state, [2000, fault]);
    expect(desiredOf(state).vips.map(({ address }) => address)).toEqual(["10.1.0.2"]);
  });

  test("after a stop the VIPs are off, and the run ends once", () => {
    const stop = tell(
      master.state,
      [2000, { kind: "stopping" }],
      [2001, { kind: "vipsOff", instance: "i0" }],
      [2002, { kind: "vipsOff", instance: "i1" }],
    );
    expect(desiredOf(stop.state).vips).toEqual([]);
    const effects = [...stop.effects, ...live(stop.state, 2002, 9000).effects];
    expect(effects.filter(({ kind }) => kind === "stopped")).toHaveLength(1);
  });
});
