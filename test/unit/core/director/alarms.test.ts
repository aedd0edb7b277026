import { expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import { alarmsOf } from "../../../../src/core/director/alarms.ts";
import type { Observed } from "../../../../src/core/director/observed.ts";
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
