/** What is counted at the steps of the core: gaps, lateness, transitions, passes. */
import { expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import type { DirectorEvent, DirectorState } from "../../../../src/core/director/types.ts";
import { createHistogram } from "../../../../src/daemon/metrics/histogram.ts";
import { createMeters } from "../../../../src/daemon/metrics/meters.ts";

const path = (heardAt: number, utterance: number) => ({
  sequence: utterance,
  utterance,
  parts: [0],
  heardAt: instant(heardAt),
  received: 1,
  lost: 0,
  jitter: ms(0),
  echoAge: undefined,
});

/** As much of a state as is looked at. */
const stateOf = (more: object): DirectorState =>
  ({
    setup: { peersById: { 7: { name: "lb2" } } },
    peers: {},
    instances: {},
    beats: [],
    ...more,
  }) as unknown as DirectorState;
const heardAt = (at: number, utterance: number, session = "a"): DirectorState =>
  stateOf({ peers: { lb2: { session, paths: { 0: path(at, utterance) } } } });
const datagram = {
  kind: "datagram",
  envelope: { sender: 7 },
  path: 0,
} as unknown as DirectorEvent;

const stepOf = (state: DirectorState, effects: readonly object[] = []) =>
  ({ state, effects }) as unknown as Parameters<ReturnType<typeof createMeters>["stepped"]>[2];

test("gaps of what was believed: no part twice, no other session", () => {
  const meters = createMeters();
  const hear = (before: DirectorState, after: DirectorState): void =>
    meters.stepped(datagram, before, stepOf(after), instant(0));
  const first = heardAt(1000, 1);
  hear(stateOf({}), first);
  hear(first, heardAt(1250, 2));
  hear(first, first);
  hear(first, heardAt(1250, 1));
  hear(first, heardAt(9000, 1, "b"));
  hear(first, heardAt(1900, 4));
  const [gaps] = meters.read().gaps;
  expect(gaps?.director).toBe("lb2");
  const { bounds = [], counts = [], sum } = gaps?.reading ?? {};
  expect(sum).toBeCloseTo(1.15);
  expect(counts[bounds.indexOf(0.25)]).toBe(1);
  expect(counts[bounds.indexOf(1)]).toBe(1);
  expect(counts.reduce((all, one) => all + one)).toBe(2);
});

test("adverts of protocol 112: strangers are one, and who let go is silent on purpose", () => {
  const meters = createMeters();
  const views = (at: number, claim: boolean) => ({
    peers: { lb2: {} },
    instances: {
      web: {
        views: {
          lb2: { director: "lb2", heardAt: instant(at), report: { claim } },
          "192.0.2.1": { director: "192.0.2.1", heardAt: instant(at), report: { claim } },
        },
      },
    },
  });
  const adverts = { kind: "adverts", heard: [{ instance: "web" }] } as unknown as DirectorEvent;
  const step = (before: object, after: object): void =>
    meters.stepped(adverts, stateOf(before), stepOf(stateOf(after)), instant(0));
  step(views(0, true), views(1000, true));
  step(views(0, false), views(5000, true));
  const totals = meters.read().gaps.map(({ director, reading }) => [director, reading.sum]);
  expect(totals).toEqual([
    ["lb2", 1],
    ["other", 1],
  ]);
});

test("own adverts after their time, and the loop's timer", () => {
  const meters = createMeters();
  const beats = [{ at: instant(100) }, { at: instant(200) }];
  meters.stepped({ kind: "deadline" }, stateOf({ beats }), stepOf(stateOf({})), instant(103));
  meters.woke(4);
  const { lateness, lag } = meters.read();
  expect([lateness.sum, lag.sum]).toEqual([0.003, 0.004]);
});

test("transitions by cause, passes and their records, repairs", () => {
  const meters = createMeters();
  const cause = { kind: "masterSilent", director: "lb1", silent: 1 };
  const transition = { kind: "transition", instance: "web", transition: { to: "master", cause } };
  const result = { kind: "full", complete: false, sent: 40 };
  const resynced = { kind: "resynced", result } as unknown as DirectorEvent;
  for (let i = 0; i < 2; i++) {
    meters.stepped(resynced, stateOf({}), stepOf(stateOf({}), [transition]), instant(0));
  }
  meters.repaired();
  expect(meters.read()).toMatchObject({
    transitions: [{ labels: { name: "web", to: "master", cause: "masterSilent" }, count: 2 }],
    passes: [{ labels: { kind: "full", outcome: "incomplete" }, count: 2 }],
    records: [{ labels: { kind: "full" }, count: 80 }],
    repairs: 1,
  });
});

test("a value on a bound belongs to it", () => {
  const one = createHistogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 2, 3]) one.note(value);
  expect(one.read()).toEqual({ bounds: [1, 2], counts: [2, 2, 1], sum: 8 });
});
