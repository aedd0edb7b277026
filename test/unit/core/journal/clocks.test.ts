import fc from "fast-check";
import { expect, test } from "vitest";
import { aheadAt, compareClocks, type Dated } from "../../../../src/core/journal/clocks.ts";
import type { ClockBody } from "../../../../src/core/journal/types.ts";

const mark = (ms: number, director: string, body: Omit<ClockBody, "kind">): Dated => ({
  ms,
  line: { kind: "clock", time: new Date(ms).toISOString(), at: ms, director, ...body },
});

/** Heartbeats of both, `way` on the wire, where lb2's clock is `ahead`. */
function journals(ahead: (ms: number) => number, way: readonly [number, number]) {
  const [own, other]: [Dated[], Dated[]] = [[], []];
  for (let sequence = 16; sequence <= 4096; sequence *= 4) {
    const at = 1_000_000 + sequence * 250;
    const from = (session: string, peer: string) => ({ peer, session, sequence });
    own.push(mark(at, "lb1", { way: "said", ...from("a", "lb2") }));
    const there = at + way[0];
    other.push(mark(there + ahead(there), "lb2", { way: "heard", ...from("a", "lb1") }));
    other.push(mark(at + ahead(at), "lb2", { way: "said", ...from("b", "lb1") }));
    own.push(mark(at + way[1], "lb1", { way: "heard", ...from("b", "lb2") }));
  }
  return { own, other };
}

test("the way's time is no difference of the clocks", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -9_000_000, max: 9_000_000 }),
      fc.integer({ min: 0, max: 200 }),
      (ahead, way) => {
        const { own, other } = journals(() => ahead, [way, way]);
        const clocks = compareClocks(own, other);
        expect([clocks.said.length, clocks.heard.length]).toEqual([5, 5]);
        expect(aheadAt(clocks, 1_500_000 + ahead)).toBe(ahead);
      },
    ),
    { numRuns: 50 },
  );
});

test("a clock that was set in between is compared where it was", () => {
  const { own, other } = journals((ms) => (ms < 1_100_000 ? 0 : 3_600_000), [1, 1]);
  const clocks = compareClocks(own, other);
  expect(aheadAt(clocks, 1_000_000)).toBe(0);
  expect(aheadAt(clocks, 1_900_000 + 3_600_000)).toBe(3_600_000);
});

test("without a heartbeat in both there is nothing to tell; one direction is better than none", () => {
  const { own, other } = journals(() => 500, [1, 1]);
  expect(aheadAt(compareClocks(own, []), 0)).toBeUndefined();
  expect(aheadAt(compareClocks(own, own), 0)).toBeUndefined();
  const deaf = own.filter(({ line }) => line.kind === "clock" && line.way === "said");
  expect(aheadAt(compareClocks(deaf, other), 0)).toBe(501);
});
