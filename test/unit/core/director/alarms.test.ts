import { expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import { alarmsOf } from "../../../../src/core/director/alarms.ts";
import type { Observed } from "../../../../src/core/director/observed.ts";
import type { DirectorState } from "../../../../src/core/director/types.ts";
import type { PeerView } from "../../../../src/core/vrrp/types.ts";
import { directorWith, live, STARTED, tell } from "../../../support/directors.ts";

const started = tell(directorWith({ priorities: [150, 100], sync: true }), [0, STARTED]);
/** Since 750 ms. */
const master = live(started.state, 0, 1000).state;

/** No sync daemon at all was found at this time. */
const observed = (readAt: number): Observed => ({
  addresses: [],
  ipvs: { tables: [], daemons: [], foreign: [], readAt: instant(readAt) },
  ipvsProblem: undefined,
  discarded: {},
  checksProblem: undefined,
  journalProblem: undefined,
  alerts: [],
  repairs: [],
  history: [],
  serverHistory: [],
  decisions: [],
  configuration: {
    file: "baton.yaml",
    loadedAt: instant(0),
    lastReload: undefined,
    confirmUntil: undefined,
  },
  lag: { worst: ms(0), recent: ms(0) },
});

const ofSync = (readAt: number): readonly string[] =>
  alarmsOf(master, observed(readAt), instant(1000)).filter((alarm) =>
    alarm.includes("sync daemon"),
  );

test("a sync daemon that does not run is an alarm", () => {
  expect(ofSync(900)).toContain("the sync daemon does not run in role master");
});

test("what was read before the role moved says nothing about its sync daemon", () => {
  expect(ofSync(700)).toEqual([]);
});

/** Another one claimed at 800 ms first, and at this time last. */
function beside(claimAt: number): DirectorState {
  const one = master.instances["i0"];
  if (one?.kind !== "master") throw new Error("it is not master");
  const report = { vipDigest: master.setup.bases["i0"]?.vipDigest };
  const view = { director: "other", report, claimAt: instant(claimAt) } as PeerView;
  const i0 = { ...one, rivals: { other: instant(800) }, views: { other: view } };
  return { ...master, instances: { i0 } };
}

test("a second master is an alarm once it says so again: one claim may have been on its way", () => {
  const told = (claimAt: number): readonly string[] =>
    alarmsOf(beside(claimAt), observed(900), instant(1000)).filter((one) => one.includes("claims"));
  expect(told(800)).toEqual([]);
  expect(told(900)).toEqual(["i0: other claims to be master as well"]);
});
