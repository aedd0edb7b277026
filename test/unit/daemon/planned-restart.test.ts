/** Whether a restart is expected to be in time, and what a later start makes of its note. */
import { expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import { comesInTime } from "../../../src/daemon/planned-restart.ts";
import { parseReturning, RETURN_LIMIT } from "../../../src/daemon/returning.ts";

test.each([
  [120, 500, true],
  [250, 500, false],
  [250, 2000, true],
  [1300, 4000, true],
  [20, 200, false],
])("rehearsed in %d ms, with %d ms until it is too late: %s", (took, window, inTime) => {
  expect(comesInTime(ms(took), ms(window))).toBe(inTime);
});

test("the note of who is to come back counts for a while, and only where it makes sense", () => {
  const note = JSON.stringify({ at: 5000, instances: ["web"] });
  expect(parseReturning(note, 6000)).toEqual(["web"]);
  expect(parseReturning(note, 5001 + RETURN_LIMIT)).toEqual([]);
  expect(parseReturning(note, 4000)).toEqual([]);
  for (const odd of ["", "null", "{}", '{"at":1,"instances":[7]}', '{"at":"x","instances":[]}']) {
    expect(parseReturning(odd, 5000)).toEqual([]);
  }
});
