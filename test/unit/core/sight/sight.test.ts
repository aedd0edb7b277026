import { describe, expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import { isCutOff, type Look, look, type Sight, sees } from "../../../../src/core/sight/sight.ts";

const INTERVAL = ms(250);
const LOOK: Look = { anything: true, others: true, witness: true };
const DEAF: Look = { anything: false, others: false, witness: false };

/** Looks every 100 ms, from just after `from` until `until`. */
function looks(
  before: Sight | undefined,
  seen: Look,
  [from, until]: readonly [number, number],
  peerLives = true,
): Sight | undefined {
  let sight = before;
  for (let at = from + 100; at <= until; at += 100) {
    sight = look(sight, seen, { interval: INTERVAL, peerLives }, instant(at));
  }
  return sight;
}
const well = looks(undefined, LOOK, [0, 1000]);
const at = instant;

describe("blind", () => {
  test("after four seconds without anything, not before", () => {
    expect(looks(well, DEAF, [1000, 5000])?.blind).toBe(false);
    expect(looks(well, DEAF, [1000, 5100])?.blind).toBe(true);
  });

  test("not where nothing was ever heard, nor where nothing has to be", () => {
    expect(looks(undefined, DEAF, [0, 60_000])?.blind).toBe(false);
    const nothing = { anything: undefined, others: false, witness: undefined };
    expect(looks(well, nothing, [1000, 4900])?.blind).toBe(false);
  });

  test("not by silence while no peer lives; and the silence before does not count", () => {
    const frames = { ...LOOK, witness: undefined };
    const silent = { ...DEAF, witness: undefined };
    const quiet = looks(looks(undefined, frames, [0, 1000]), silent, [1000, 60_000], false);
    expect(quiet?.blind).toBe(false);
    expect(looks(quiet, silent, [60_000, 63_900])?.blind).toBe(false);
  });

  test("by a witness that is lost, though frames come in", () => {
    const lost = { ...LOOK, witness: false };
    expect(looks(well, lost, [1000, 5100])?.blind).toBe(true);
  });

  test("ends ten seconds after it is over, and begins anew where it is not", () => {
    const blind = looks(well, DEAF, [1000, 6000]);
    expect(looks(blind, LOOK, [6000, 15_900])?.blind).toBe(true);
    expect(looks(blind, LOOK, [6000, 16_200])?.blind).toBe(false);
    const again = looks(looks(blind, LOOK, [6000, 12_000]), DEAF, [12_000, 17_000]);
    expect(looks(again, LOOK, [17_000, 26_000])?.blind).toBe(true);
  });
});

describe("cut off", () => {
  const cut = (sight: Sight | undefined, when: number): boolean =>
    isCutOff(sight, INTERVAL, at(when));

  test("an interval after the last sign of anybody", () => {
    const deaf = looks(well, DEAF, [1000, 1300]);
    expect(cut(deaf, 1250)).toBe(false);
    expect(cut(deaf, 1251)).toBe(true);
  });

  test("not while frames come in, nor where no witness ever answered", () => {
    expect(cut(looks(well, { ...LOOK, witness: false }, [1000, 3000]), 3000)).toBe(false);
    const none = looks(undefined, { ...LOOK, witness: false }, [0, 1000]);
    expect(cut(looks(none, DEAF, [1000, 3000]), 3000)).toBe(false);
  });

  test("not by a witness that has not answered for half a minute", () => {
    const deaf = looks(well, DEAF, [1000, 40_000]);
    expect(cut(deaf, 31_000)).toBe(true);
    expect(cut(deaf, 31_001)).toBe(false);
  });
});

describe("sees", () => {
  const able = (sight: Sight | undefined, when: number): boolean => sees(sight, INTERVAL, at(when));

  test("others than the directors, within two seconds; with a witness its answers", () => {
    expect(able(undefined, 0)).toBe(false);
    expect(able(well, 3000)).toBe(true);
    expect(able(well, 3001)).toBe(false);
    const lost = looks(well, { ...LOOK, witness: false }, [1000, 3100]);
    expect(able(lost, 3100)).toBe(false);
    const alone = { anything: true, others: false, witness: undefined };
    expect(able(looks(undefined, alone, [0, 1000]), 1000)).toBe(false);
  });

  test("not while blind", () => {
    const blind = looks(well, DEAF, [1000, 6000]);
    expect(able(looks(blind, LOOK, [6000, 7000]), 7000)).toBe(false);
  });
});
