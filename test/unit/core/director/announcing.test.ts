import { describe, expect, test } from "vitest";
import { instant } from "../../../../src/base/units.ts";
import { nextDeadline } from "../../../../src/core/director/step.ts";
import type { DirectorEvent } from "../../../../src/core/director/types.ts";
import {
  directorWith,
  kindsOf,
  live,
  STARTED,
  type Told,
  tell,
} from "../../../support/directors.ts";

const ON: DirectorEvent = { kind: "vipsOn", instance: "i0" };
const RETURNED: DirectorEvent = { kind: "linkReturned", instance: "i0" };
const started = tell(directorWith({ priorities: [150, 100] }), [0, STARTED]);
const pending = live(started.state, 0, 750);
const master = tell(pending.state, [752, ON]);

/** Every deadline until `end`, when it is due; at what times what was announced. */
function announcements(from: Told, end: number): readonly string[] {
  const announced: string[] = [];
  let { state } = from;
  for (;;) {
    const at = nextDeadline(state, instant(752)) ?? end;
    if (at >= end) return announced;
    const told = tell(state, [at, { kind: "deadline" }]);
    state = told.state;
    for (const effect of told.effects) {
      if (effect.kind === "announce") announced.push(`${at} ${effect.repeat} ${effect.why}`);
    }
  }
}

describe("announcements", () => {
  test("a burst when the VIPs are on, not before", () => {
    expect(kindsOf(pending.effects)).not.toContain("announce");
    expect(kindsOf(tell(pending.state, [751, RETURNED]).effects)).toEqual([]);
    expect(master.effects).toContainEqual(
      expect.objectContaining({ kind: "announce", repeat: 5, why: "took over" }),
    );
  });

  test("a second burst 5 s later, and a refresh every minute", () => {
    expect(announcements(master, 190_000)).toEqual([
      "5752 5 second burst",
      "60752 1 refresh",
      "120752 1 refresh",
      "180752 1 refresh",
    ]);
  });

  test("again when the link returns, and the bursts begin anew", () => {
    const again = tell(master.state, [3000, RETURNED]);
    expect(again.effects).toEqual([
      { kind: "announce", instance: "i0", repeat: 5, why: "the link returned" },
    ]);
    expect(announcements(again, 20_000)).toEqual(["8000 5 second burst"]);
  });

  test("again when somebody's deletion of the VIP was repaired", () => {
    const back = tell(master.state, [900, { kind: "vipsOff", instance: "i0" }], [1000, ON]);
    expect(kindsOf(back.effects)).toContain("announce");
  });

  test("nothing after the role is gone", () => {
    const fault = { kind: "faulted", instance: "i0", fault: "linkDown" } as const;
    const gone = tell(master.state, [1000, fault]);
    expect(announcements(gone, 190_000)).toEqual([]);
    expect(kindsOf(tell(gone.state, [2000, RETURNED]).effects)).toEqual([]);
  });
});
