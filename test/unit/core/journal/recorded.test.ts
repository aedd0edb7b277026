/** What directors once met, run through the core as it is: test/fixtures/recordings. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { instant } from "../../../../src/base/units.ts";
import { replay } from "../../../../src/core/journal/replay.ts";
import { loadRecording } from "../../../support/recording.ts";

const recorded = (name: string) => {
  const file = new URL(`../../../fixtures/recordings/${name}.jsonl`, import.meta.url);
  return loadRecording(fileURLToPath(file));
};

type Steps = ReturnType<typeof replay>["steps"];

/** What was done, and when; heartbeats by their kind. */
const done = (steps: Steps) =>
  steps.flatMap(({ effects, at }) =>
    effects.flatMap((effect) => {
      if (effect.kind === "transition") return [{ at, what: effect.transition.to }];
      if (effect.kind !== "send") return [];
      return effect.datagrams.map(({ envelope }) => ({ at, what: envelope.kind as string }));
    }),
  );

describe("a master that falls silent", () => {
  test("is followed after three intervals, by the claim first", async () => {
    const recording = await recorded("master-silent");
    const { steps, differences } = replay(recording);
    expect(differences).toEqual([]);
    const [moved, second] = done(steps).filter(({ what }) => what === "master");
    expect(second).toBeUndefined();
    const heard = recording.events.findLast(({ event }) => event.kind === "datagram")?.at ?? 0;
    expect((moved?.at ?? 0) - heard).toBeGreaterThan(750);
    expect((moved?.at ?? 0) - heard).toBeLessThan(775);
    const before = done(
      steps.slice(
        0,
        steps.findIndex(({ at }) => at === moved?.at),
      ),
    );
    expect(before.filter(({ what }) => what === "claim")).toEqual([]);
    const claim = done(steps).find(({ what }) => what === "claim");
    expect(claim?.at).toBe(moved?.at);
  });

  test("is waited for again where it speaks in the last moment", async () => {
    const recording = await recorded("master-silent");
    const last = recording.events.findLast(({ event }) => event.kind === "datagram");
    if (!last) throw new Error("nothing was heard");
    const late = { ...last, at: instant(last.at + 600) };
    const events = [...recording.events, late].toSorted((a, b) => a.at - b.at);
    const [moved] = done(
      replay({ ...recording, events: events.filter((one) => one !== last) }).steps,
    ).filter(({ what }) => what === "master");
    expect((moved?.at ?? 0) - late.at).toBeGreaterThan(750);
  });
});
