import { describe, expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import {
  claimants,
  claimEnd,
  handoverLimit,
  isHeard,
  masterDownAt,
  rank,
  silence,
  skew,
  takeoverAt,
} from "../../../../src/core/vrrp/timing.ts";
import type { PeerView } from "../../../../src/core/vrrp/types.ts";
import {
  backupState,
  heardFrom,
  masterReport,
  viewOf,
  viewsOf,
  vrrpConfig,
} from "../../../support/election.ts";

const CONFIG = vrrpConfig();
const master = (index: number, at: number, priority = 200) =>
  viewOf(heardFrom(index, masterReport({ priority })), at);
const backup = (index: number, at: number, priority: number) =>
  viewOf(heardFrom(index, { priority }), at);

describe("durations", () => {
  test("the skew is a quarter of the interval, 20 ms at least", () => {
    expect(skew(vrrpConfig({ interval: ms(1000) }))).toBe(250);
    expect(skew(CONFIG)).toBe(62.5);
    expect(skew(vrrpConfig({ interval: ms(20) }))).toBe(20);
  });

  test("silence is the missed intervals, and a handover waits a skew and 100 ms", () => {
    expect(silence(CONFIG)).toBe(750);
    expect(silence(vrrpConfig({ missed: 5 }))).toBe(1250);
    expect(handoverLimit(CONFIG)).toBe(162.5);
  });

  test("a peer is heard for `missed` of its own intervals", () => {
    const slow = viewOf(heardFrom(2, { interval: ms(1000) }), 0);
    expect(isHeard(slow, CONFIG, instant(3000))).toBe(true);
    expect(isHeard(slow, CONFIG, instant(3001))).toBe(false);
  });
});

describe("the end of a claim", () => {
  test("three of the claimant's intervals after it was heard", () => {
    const views = viewsOf(master(2, 100));
    expect(claimEnd(master(2, 100), views, CONFIG)).toBe(850);
    const slow = viewOf(heardFrom(2, masterReport({ interval: ms(1000) })), 100);
    expect(claimEnd(slow, viewsOf(slow), CONFIG)).toBe(3100);
    expect(claimEnd(backup(2, 100, 100), {}, CONFIG)).toBeUndefined();
  });

  test("unproven life adds one silence at most", () => {
    const alive = (lifeAt: number) => ({ ...master(2, 100), lifeAt: instant(lifeAt) });
    expect(claimEnd(alive(300), {}, CONFIG)).toBe(1050);
    expect(claimEnd(alive(850), {}, CONFIG)).toBe(1600);
    expect(claimEnd(alive(5000), {}, CONFIG)).toBe(1600);
    expect(claimEnd(alive(50), {}, CONFIG)).toBe(850);
  });

  test("a third director that hears the claimant counts, as of when it heard it", () => {
    const witness = viewOf(heardFrom(3, { followed: 2, followedAge: ms(200) }), 1000);
    expect(claimEnd(master(2, 100), viewsOf(master(2, 100), witness), CONFIG)).toBe(1550);
    const other = viewOf(heardFrom(3, { followed: 9, followedAge: ms(0) }), 1000);
    expect(claimEnd(master(2, 100), viewsOf(master(2, 100), other), CONFIG)).toBe(850);
  });

  test("claimants are those whose claims have not run out, the best first", () => {
    const views = viewsOf(master(2, 100, 100), master(3, 100, 200), master(4, 0, 250));
    const names = (at: number) => claimants(views, CONFIG, instant(at)).map((v) => v.director);
    expect(names(749)).toEqual(["lb4", "lb3", "lb2"]);
    expect(names(750)).toEqual(["lb3", "lb2"]);
    expect(names(850)).toEqual([]);
  });
});

describe("taking over", () => {
  test("not before the floor", () => {
    expect(takeoverAt(backupState({ floor: instant(5000) }), CONFIG)).toBe(5000);
  });

  test("when the last claim has run out", () => {
    const views = viewsOf(master(2, 100), master(3, 400));
    expect(masterDownAt(backupState({ views }), CONFIG)).toBe(1150);
    expect(takeoverAt(backupState({ views }), CONFIG)).toBe(1150);
  });

  test("not while others hear a master that this director never heard", () => {
    const witness = viewOf(heardFrom(3, { followed: 9, followedAge: ms(50) }), 1000);
    expect(masterDownAt(backupState({ views: viewsOf(witness) }), CONFIG)).toBe(1700);
    const ours = viewOf(heardFrom(3, { followed: 1, followedAge: ms(0) }), 1000);
    expect(masterDownAt(backupState({ views: viewsOf(ours) }), CONFIG)).toBe(0);
  });

  test("one skew for each better backup that was heard within three intervals", () => {
    const dead = master(2, 1000);
    const at = (...others: readonly PeerView[]): number =>
      takeoverAt(backupState({ views: viewsOf(dead, ...others) }), CONFIG);
    expect(at()).toBe(1750);
    expect(at(backup(3, 1500, 160))).toBe(1812.5);
    expect(at(backup(3, 1500, 160), backup(4, 1500, 151))).toBe(1875);
    // Worse; equal with a lower address is impossible here, with a higher one it goes first.
    expect(at(backup(3, 1500, 149))).toBe(1750);
    expect(at(backup(3, 1500, 150))).toBe(1812.5);
    // Silent for longer than the master.
    expect(at(backup(3, 999, 160))).toBe(1750);
    expect(at(backup(3, 1000, 160))).toBe(1812.5);
  });

  test("who is at fault, starts or claimed itself costs no skew", () => {
    const down = instant(2000);
    const ranked = (report: Parameters<typeof heardFrom>[1]) =>
      rank(backupState({ views: viewsOf(viewOf(heardFrom(3, report), 1900)) }), CONFIG, down);
    expect(ranked({ priority: 200 })).toBe(1);
    expect(ranked({ priority: 200, state: "fault" })).toBe(0);
    expect(ranked({ priority: 200, state: "initialize" })).toBe(0);
    expect(ranked(masterReport({ priority: 200 }))).toBe(0);
  });

  test("a director on hold waits for everybody", () => {
    const views = viewsOf(backup(3, 1900, 2));
    const held = backupState({ views, holdUntil: instant(9000) });
    expect(rank(held, CONFIG, instant(2000))).toBe(1);
    expect(rank(backupState({ views }), CONFIG, instant(2000))).toBe(0);
  });
});
