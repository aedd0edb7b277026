/** What people say of servers stands in the journal, of whichever director was told. */
import { expect, test } from "vitest";
import { hours, instant } from "../../../../src/base/units.ts";
import { step } from "../../../../src/core/director/step.ts";
import type { DirectorState } from "../../../../src/core/director/types.ts";
import type { AdminEntry } from "../../../../src/core/health/types.ts";
import { isNotable, linesOf } from "../../../../src/core/journal/lines.ts";
import { lineText } from "../../../../src/core/journal/text.ts";
import { directorWith, STARTED } from "../../../support/directors.ts";

const entry: AdminEntry = {
  service: "http",
  address: "10.0.0.1",
  port: 80,
  action: "drain",
  version: 1,
  director: "lb1",
  who: "eve",
  reason: "new disks",
  time: "2026-01-01T00:00:00.000Z",
  until: instant(1000 + hours(2)),
};

function toldTo(state: DirectorState, said: AdminEntry, at = 1000): readonly string[] {
  const event = { kind: "decided", entry: said } as const;
  const { state: after, effects } = step(state, event, instant(at));
  const whole = { before: state, event, after, effects, at: instant(at) };
  return isNotable(whole) ? linesOf(whole, undefined).map(lineText) : [];
}

const idle = directorWith({ priorities: [150, 100] });
const running = step(idle, STARTED, instant(0)).state;

test("who, what, where, for how long, said on which director, and why", () => {
  expect(toldTo(running, entry)).toEqual([
    "eve drains 10.0.0.1:80 of http for 2h, said on lb1: new disks",
  ]);
  const plain = { ...entry, service: undefined, port: undefined, until: undefined, reason: "" };
  expect(toldTo(running, { ...plain, action: "enable" })).toEqual([
    "eve enables 10.0.0.1, said on lb1",
  ]);
});

test("what an earlier run was told is not told again", () => {
  expect(toldTo(idle, entry)).toEqual([]);
});
