/** Gaps and overlaps from what was seen. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hold, localHolds, measure, remoteHolds } from "../../../src/cli/drill/timeline.ts";

const window = { from: 0, to: 100 };
const every = (step: number, from: number, to: number): number[] => {
  const all: number[] = [];
  for (let at = from; at <= to; at += step) all.push(at);
  return all;
};

describe("this host", () => {
  test("held it until it went, and again", () => {
    const changes = [
      { present: false, at: 20 },
      { present: true, at: 50 },
      { present: true, at: 55 },
      { present: false, at: 70 },
      { present: false, at: 71 },
    ];
    expect(localHolds("a", { initially: true, changes }, window)).toEqual([
      { holder: "a", from: 0, to: 20 },
      { holder: "a", from: 50, to: 70 },
    ]);
  });

  test("what happened outside the window is cut off", () => {
    const changes = [
      { present: true, at: -30 },
      { present: false, at: -10 },
      { present: true, at: 90 },
    ];
    expect(localHolds("a", { initially: false, changes }, window)).toEqual([
      { holder: "a", from: 90, to: 100 },
    ]);
  });
});

describe("another host", () => {
  const questions = every(5, 0, 95);

  test("holds on while it answers", () => {
    const answers = questions.map((at) => at + 1);
    expect(remoteHolds("b", { questions, answers }, window)).toEqual([
      { holder: "b", from: 1, to: 100 },
    ]);
  });

  test("one lost answer is not a gap", () => {
    const answers = questions.filter((at) => at !== 40).map((at) => at + 1);
    expect(remoteHolds("b", { questions, answers }, window)).toHaveLength(1);
  });

  test("two are", () => {
    const answers = questions.filter((at) => at !== 40 && at !== 45).map((at) => at + 1);
    expect(remoteHolds("b", { questions, answers }, window)).toEqual([
      { holder: "b", from: 1, to: 36 },
      { holder: "b", from: 51, to: 100 },
    ]);
  });

  test("is gone after its last answer", () => {
    const answers = [1, 6, 11];
    expect(remoteHolds("b", { questions, answers }, window)).toEqual([
      { holder: "b", from: 1, to: 11 },
    ]);
  });

  test("that nobody asked for a while did not go: this process was held up", () => {
    const seen = { questions: [0, 5, 60, 65], answers: [1, 6, 61, 66] };
    expect(remoteHolds("b", seen, window)).toEqual([{ holder: "b", from: 1, to: 100 }]);
  });

  test("never answered", () => {
    expect(remoteHolds("b", { questions, answers: [] }, window)).toEqual([]);
  });
});

describe("what clients had", () => {
  const hold = (holder: string, from: number, to: number): Hold => ({ holder, from, to });

  test.each<[string, readonly Hold[], object]>([
    ["nobody", [], { gapMs: 100, gapAt: 0, overlapMs: 0 }],
    ["one", [hold("a", 0, 100)], { gapMs: 0, gapAt: undefined, overlapMs: 0 }],
    ["a clean change", [hold("a", 0, 50), hold("b", 50, 100)], { gapMs: 0, overlapMs: 0 }],
    ["an overlap", [hold("a", 0, 60), hold("b", 50, 100)], { gapMs: 0, overlapMs: 10 }],
    ["a gap", [hold("a", 0, 40), hold("b", 70, 100)], { gapMs: 30, gapAt: 40, overlapMs: 0 }],
    ["a late start", [hold("b", 25, 100)], { gapMs: 25, gapAt: 0 }],
    ["an end", [hold("a", 0, 90)], { gapMs: 10, gapAt: 90 }],
    ["the same one twice", [hold("a", 0, 60), hold("a", 50, 100)], { gapMs: 0, overlapMs: 0 }],
    [
      "the longest of several",
      [hold("a", 0, 10), hold("b", 15, 40), hold("a", 60, 70), hold("b", 65, 100)],
      { gapMs: 20, gapAt: 40, overlapMs: 5 },
    ],
  ])("%s", (_name, holds, expected) => {
    expect(measure(holds, window)).toMatchObject(expected);
  });

  test("it is what looking at every moment finds", () => {
    const point = fc.integer({ min: 0, max: 100 });
    const holds = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), point, point), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(holds, (raw) => {
        const all = raw.map(([who, x, y]) => hold(who, Math.min(x, y), Math.max(x, y)));
        const counts = every(1, 0, 99).map(
          (at) =>
            new Set(all.filter(({ from, to }) => from <= at && at < to).map((h) => h.holder)).size,
        );
        const longest = (wanted: (count: number) => boolean): number => {
          let best = 0;
          let run = 0;
          for (const count of counts) {
            run = wanted(count) ? run + 1 : 0;
            best = Math.max(best, run);
          }
          return best;
        };
        const found = measure(all, window);
        expect(found.gapMs).toBe(longest((count) => count === 0));
        expect(found.overlapMs).toBe(longest((count) => count > 1));
      }),
    );
  });
});
