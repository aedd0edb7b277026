/** What waits for a sink: bounded, in order, within its limits; nothing is lost without a count. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Instant, instant, minutes, ms, seconds } from "../../../../src/base/units.ts";
import {
  delivered,
  dueAt,
  failed,
  MAX_WAITING,
  newOutbox,
  type Outbox,
  type OutboxPolicy,
  put,
  take,
} from "../../../../src/core/alert/outbox.ts";

const POLICY: OutboxPolicy = {
  batch: 3,
  gather: ms(300),
  retryFor: minutes(10),
  limit: { deliveries: 2, within: minutes(1) },
};
const at = (time: number): Instant => instant(time);

const filled = (count: number, time = 0): Outbox<number> =>
  Array.from({ length: count }, (_, i) => i).reduce(
    (box, i) => put(box, i, at(time)),
    newOutbox<number>(),
  );

const REFUSED = { again: false };
const LATER = { again: true };

describe("an outbox", () => {
  test("gathers what happens together, a batch at most", () => {
    const box = filled(4);
    expect(dueAt(box, POLICY)).toBe(300);
    const first = take(box, POLICY, at(300));
    expect(first.items).toEqual([0, 1, 2]);
    expect(dueAt(first.box, POLICY)).toBeUndefined();
    const then = delivered(first.box, 0);
    expect(then).toMatchObject({ delivered: 3, waiting: [{ item: 3 }] });
    expect(dueAt(delivered(take(then, POLICY, at(301)).box, 0), POLICY)).toBeUndefined();
  });

  test("tries again less and less often, and gives up what is old", () => {
    let box = filled(2);
    const pauses: number[] = [];
    for (let time = 300; box.waiting.length > 0; time = box.pausedUntil ?? 0) {
      box = failed(take(box, POLICY, at(time)).box, LATER, POLICY, at(time));
      pauses.push((box.pausedUntil ?? 0) - time);
    }
    expect(pauses.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
    expect(Math.max(...pauses)).toBe(300_000);
    expect(box).toMatchObject({ dropped: 2, untold: 2, delivered: 0 });
  });

  test("waits as long as who refused it asks for", () => {
    const flying = take(filled(1), POLICY, at(300)).box;
    const box = failed(flying, { again: true, wait: seconds(90) }, POLICY, at(400));
    expect(dueAt(box, POLICY)).toBe(90_400);
  });

  test("what is refused for good goes, what came meanwhile stays", () => {
    const flying = put(take(filled(3), POLICY, at(300)).box, 9, at(310));
    const box = failed(flying, REFUSED, POLICY, at(400));
    expect(box).toMatchObject({ dropped: 3, waiting: [{ item: 9 }], failures: 1 });
  });

  test("keeps to its limit", () => {
    let box = filled(7);
    box = delivered(take(box, POLICY, at(1000)).box, 0);
    box = delivered(take(box, POLICY, at(2000)).box, 0);
    expect(dueAt(box, POLICY)).toBe(61_000);
  });

  test("loses the oldest that is not on its way, and tells the receiver how many", () => {
    let box = take(filled(MAX_WAITING), POLICY, at(300)).box;
    box = put(put(box, -1, at(301)), -2, at(302));
    expect(box.waiting).toHaveLength(MAX_WAITING);
    expect(box.waiting.slice(0, 4).map(({ item }) => item)).toEqual([0, 1, 2, 5]);
    box = delivered(box, 0);
    const next = take(box, POLICY, at(400));
    expect(next).toMatchObject({ untold: 2, box: { dropped: 2 } });
    expect(delivered(next.box, 2).untold).toBe(0);
  });

  test("each event is delivered, dropped or waits, whatever happens", () => {
    const step = fc.constantFrom("put", "take", "ok", "later", "never");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let box = newOutbox<number>();
        let given = 0;
        for (const [i, what] of steps.entries()) {
          const now = at(i * 60_000);
          if (what === "put") box = put(box, given++, now);
          else if (what === "take") {
            const due = dueAt(box, POLICY);
            if (due !== undefined && due <= now) box = take(box, POLICY, now).box;
          } else if (box.flying > 0) {
            if (what === "ok") box = delivered(box, box.untold);
            else box = failed(box, { again: what === "later" }, POLICY, now);
          }
          expect(box.delivered + box.dropped + box.waiting.length).toBe(given);
          expect(box.flying).toBeLessThanOrEqual(box.waiting.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
