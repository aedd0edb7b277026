import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ip } from "../../../../src/base/ip.ts";
import { instant } from "../../../../src/base/units.ts";
import {
  bestFit,
  effectivePriority,
  goesFirst,
  isBetter,
  type Standing,
  selfAs,
  whyNoneFit,
} from "../../../../src/core/vrrp/election.ts";
import {
  backupState,
  heardFrom,
  masterReport,
  viewOf,
  vrrpConfig,
} from "../../../support/election.ts";

const standing = (director: string, address: string, priority: number, level = true): Standing => ({
  director,
  address: address as Ip,
  report: { priority, level },
});

describe("who is better", () => {
  test("the higher priority, then the higher address, numerically", () => {
    const low = standing("a", "10.0.0.9", 100);
    expect(isBetter(standing("b", "10.0.0.1", 101), low)).toBe(true);
    expect(isBetter(standing("b", "10.0.0.10", 100), low)).toBe(true);
    expect(isBetter(low, standing("b", "10.0.0.10", 100))).toBe(false);
    expect(isBetter(standing("b", "fd00::1", 100), low)).toBe(true);
  });

  test("between two masters who knows the connections comes first", () => {
    const stale = standing("a", "10.0.0.1", 200, false);
    const level = standing("b", "10.0.0.2", 100, true);
    expect(goesFirst(level, stale)).toBe(true);
    expect(goesFirst(stale, level)).toBe(false);
    expect(goesFirst(standing("a", "10.0.0.1", 200), level)).toBe(true);
  });

  const someone = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.boolean())
    .map(([host, priority, level]) =>
      standing(`lb${host}`, `10.0.0.${host > 2 ? 9 : host}`, priority, level),
    );

  test("it is a strict order of all directors: never both, and no circle", () => {
    fc.assert(
      fc.property(someone, someone, someone, (a, b, c) => {
        for (const first of [isBetter, goesFirst]) {
          if (a.director !== b.director) expect(first(a, b)).toBe(!first(b, a));
          if (first(a, b) && first(b, c) && a.director !== c.director) {
            expect(first(a, c)).toBe(true);
          }
        }
      }),
    );
  });
});

describe("priority as it counts", () => {
  test("a hold is the lowest", () => {
    const held = backupState({ holdUntil: instant(1) });
    expect(effectivePriority(vrrpConfig(), held)).toBe(1);
    expect(selfAs(vrrpConfig(), held).report.priority).toBe(1);
    expect(effectivePriority(vrrpConfig(), backupState())).toBe(150);
  });
});

describe("who is fit for a handover", () => {
  const fit = viewOf(heardFrom(2, { priority: 100 }), 0);

  test("the best of those who are", () => {
    const better = viewOf(heardFrom(3, { priority: 120 }), 0);
    expect(bestFit([fit, better])?.director).toBe("lb3");
    expect(bestFit([better, fit])?.director).toBe("lb3");
    expect(bestFit([])).toBeUndefined();
  });

  test.each([
    ["is in state fault", { ...fit, report: { ...fit.report, state: "fault" as const } }],
    ["is in state master", viewOf(heardFrom(2, masterReport()), 0)],
    ["can not serve", { ...fit, report: { ...fit.report, serviceable: false } }],
    ["hears nothing on its interface", { ...fit, report: { ...fit.report, blind: true } }],
    ["does not know all connections yet", { ...fit, report: { ...fit.report, level: false } }],
    ["runs another configuration", { ...fit, sameConfig: false }],
    ["does not hear this director", { ...fit, hearsUs: false }],
  ])("not who %s, and it is told", (why, view) => {
    expect(bestFit([view])).toBeUndefined();
    expect(whyNoneFit([view])).toBe(`lb2 ${why}`);
  });
});
