/** A master on protocol 112, flooded by whoever is on the segment. */
import { describe, expect, test } from "vitest";
import { after, type Instant, instant, ms } from "../../../../src/base/units.ts";
import { stepRfcMaster } from "../../../../src/core/vrrp/rfc/master.ts";
import type { MasterState, VrrpConfig, VrrpEffect } from "../../../../src/core/vrrp/types.ts";
import { heardFrom, masterReport, masterState, vrrpConfig } from "../../../support/election.ts";

const config: VrrpConfig = vrrpConfig({ interval: ms(1000) });
const START = instant(10_000);

/** What one master does when adverts come in at those moments. */
function flooded(
  claim: boolean,
  speakers: readonly number[],
  every: number,
): { readonly state: MasterState; readonly effects: readonly VrrpEffect[] } {
  let state = masterState({ claimedAt: START });
  const effects: VrrpEffect[] = [];
  let now: Instant = START;
  for (const speaker of speakers) {
    now = after(now, ms(every));
    const report = masterReport({ priority: 1, claim, state: claim ? "master" : "backup" });
    const peer = heardFrom(speaker, report);
    const step = stepRfcMaster(state, config, { kind: "heard", peer }, now);
    if (step.state.kind !== "master") throw new TypeError(`it became ${step.state.kind}`);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const announcements = (effects: readonly VrrpEffect[]): number =>
  effects.filter(({ kind }) => kind === "announce").length;

const SPEAKERS = Array.from({ length: 200 }, (_, i) => i + 2);

describe("neighbours are told twice an interval at most", () => {
  test.each([
    ["a rival", true, SPEAKERS.map(() => 2)],
    ["rivals of ever new addresses", true, SPEAKERS],
    ["priority 0 again and again", false, SPEAKERS.map(() => 2)],
    ["priority 0 of ever new addresses", false, SPEAKERS],
  ])("%s", (_, claim, speakers) => {
    // 200 in two seconds: four half intervals, and the first at once.
    const told = announcements(flooded(claim, speakers, 10).effects);
    expect(told).toBeGreaterThanOrEqual(3);
    expect(told).toBeLessThanOrEqual(5);
  });

  test("the first one is told at once", () => {
    expect(announcements(flooded(false, [2], 10).effects)).toBe(1);
    expect(announcements(flooded(true, [2], 10).effects)).toBe(1);
  });
});

test("who is forgotten as a speaker is no rival either", () => {
  const { state } = flooded(true, [2, 3], 10);
  const [first = "", second = ""] = Object.keys(state.rivals);
  const { [first]: _, ...views } = state.views;
  const peer = { ...heardFrom(9, masterReport({ priority: 1 })) };
  const next = stepRfcMaster({ ...state, views }, config, { kind: "heard", peer }, START).state;
  if (next.kind !== "master") throw new TypeError("it lost the role");
  expect(Object.keys(next.rivals)).toEqual([second, peer.director]);
});
