import { describe, expect, test } from "vitest";
import type { DirectorEffect } from "../../../../src/core/director/effects.ts";
import { storyText } from "../../../../src/core/story/story.ts";
import { datagramOf, directorWith, live, STARTED, tell } from "../../../support/directors.ts";

const toldIn = (effects: readonly DirectorEffect[]) =>
  effects.flatMap((effect) => (effect.kind === "told" ? [effect.story] : []));

const master = () => {
  const started = tell(directorWith({ priorities: [150, 100] }), [0, STARTED]);
  const claims = { state: "master", claim: true, level: true } as const;
  const followed = tell(started.state, [100, datagramOf(started.state, claims)]);
  return live(followed.state, 100, 850);
};

describe("the story of a takeover", () => {
  test("what was heard, the VIPs, the announcement; told once", () => {
    const { state, effects } = master();
    expect(toldIn(effects)).toEqual([]);
    const up = tell(state, [851, { kind: "vipsOn", instance: "i0" }]);
    expect(toldIn(up.effects)).toEqual([
      { kind: "took", at: 850, heardAt: 100, vipsAt: 851, announcedAt: 851, servedAt: undefined },
    ]);
    const again = tell(up.state, [900, { kind: "vipsOn", instance: "i0" }]);
    expect(toldIn(again.effects)).toEqual([]);
    const served = tell(again.state, [870, { kind: "served", instance: "i0" }]);
    const [story] = Object.values(served.state.stories);
    expect(story && storyText(story)).toBe(
      "last claim of a master 750ms before, VIPs up after 1ms, announced after 1ms, " +
        "first packet of a client after 20ms at the latest",
    );
  });
});

describe("the story of a release", () => {
  test("who was asked, the claim, the VIPs, the goodbye", () => {
    const up = tell(master().state, [851, { kind: "vipsOn", instance: "i0" }]);
    const fit = datagramOf(up.state, { state: "backup", level: true }, { sequence: 2 });
    const known = tell(up.state, [860, fit]);
    const asked = tell(known.state, [900, { kind: "stopping" }]);
    const claim = { state: "master", claim: true, priority: 100 } as const;
    const claimed = tell(asked.state, [905, datagramOf(asked.state, claim, { sequence: 3 })]);
    const off = tell(claimed.state, [907, { kind: "vipsOff", instance: "i0" }]);
    const [story] = toldIn(off.effects);
    expect(story).toEqual({
      kind: "gave",
      at: 900,
      askedAt: 900,
      claimedAt: 905,
      vipsOffAt: 907,
      releasedAt: 907,
      overAt: 907,
    });
    expect(story && storyText(story)).toBe(
      "successor asked after 0s, its claim heard after 5ms, VIPs off after 7ms, goodbye after 7ms",
    );
  });
});
