/** The demo's page, from an outcome that nobody had to play. */
import { describe, expect, it } from "vitest";
import { heldAll, report } from "../../demo/report.ts";
import type { Outcome, Rehearsal } from "../../demo/types.ts";

const rehearsal: Rehearsal = {
  name: "loss",
  title: "loss of the master's host",
  duration: 2000,
  before: ["lb1"],
  vip: [
    { at: 900, host: "lb2", on: true },
    { at: 1400, host: "lb1", on: false },
  ],
  events: [
    { at: 0, who: "demo", what: "all links of lb1 are cut" },
    { at: 890, who: "lb2", what: "web is master: lb1 was silent for 3.001s" },
  ],
  gap: 912.4,
  answered: [
    { at: -1000, by: "lb1" },
    { at: 912, by: "lb2" },
  ],
  connections: { held: 20, alive: 19, longest: 1700.2, tried: 40, failed: 3 },
  expectations: [{ text: "lb2 has the VIP", held: true, found: "900 ms" }],
};
const outcome = (...rehearsals: readonly Rehearsal[]): Outcome => ({
  directors: ["lb1", "lb2"],
  intervalMs: 1000,
  probeMs: 10,
  rehearsals,
  complete: rehearsals.length > 0,
  master: "lb2",
  status: "lb2 is master\n",
  table: "TCP  192.168.60.100:80 rr\n",
});

describe("the page", () => {
  const lines = report(outcome(rehearsal)).split("\n");

  it("shows who held the VIP when, a sign for each 250 ms", () => {
    expect(lines).toContain("   lb1          ██████··");
    expect(lines).toContain("   lb2          ····████");
    expect(lines).toContain("   t in seconds 0   1");
  });

  it("tells what happened in its order", () => {
    const times = lines.filter((line) => /^ +\d+ ms {2}(lb|demo)/.test(line));
    expect(times.map((line) => line.trim())).toEqual([
      "0 ms  demo  all links of lb1 are cut",
      "890 ms  lb2   web is master: lb1 was silent for 3.001s",
      "900 ms  lb2   VIP on",
      "1400 ms  lb1   VIP off",
    ]);
  });

  it("tells what the client saw", () => {
    expect(lines).toContain(
      "   client       no answer for 912 ms at most; answered by lb1, lb2 from 912 ms",
    );
    expect(lines).toContain(
      "   connections  19 of 20 lived on, the longest silence 1700 ms; 37 of 40 new ones were served",
    );
    expect(report(outcome({ ...rehearsal, gap: 0 }))).toContain("every probe was answered");
  });

  it("shows the master's own words and its table", () => {
    expect(lines).toContain("    lb2 is master");
    expect(lines).toContain("    TCP  192.168.60.100:80 rr");
  });
});

describe("the verdict", () => {
  const broken: Rehearsal = {
    ...rehearsal,
    expectations: [{ text: "clients wait for an interval at most", held: false, found: "3 s" }],
  };

  it("holds where every expectation held", () => {
    expect(heldAll(outcome(rehearsal, rehearsal))).toBe(true);
    expect(report(outcome(rehearsal, rehearsal))).toContain("✓ all 2 expectations held");
  });

  it("names what did not hold", () => {
    expect(heldAll(outcome(rehearsal, broken))).toBe(false);
    expect(report(outcome(rehearsal, broken))).toContain(
      "✗ 1 of 2 expectations did not hold:\n  loss of the master's host: ✗ clients wait",
    );
  });

  it("does not hold where it broke off", () => {
    expect(heldAll(outcome())).toBe(false);
    expect(heldAll({ ...outcome(rehearsal), complete: false })).toBe(false);
    expect(report(outcome())).toContain("✗ it broke off after 0 rehearsals");
  });
});
