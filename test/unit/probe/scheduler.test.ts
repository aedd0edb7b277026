/** When who is asked, how many at once, and what is told of it. */
import { describe, expect, it, vi } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { Probe } from "../../../src/config/check-types.ts";
import { TimeQueue } from "../../../src/probe/heap.ts";
import { startScheduler } from "../../../src/probe/scheduler.ts";
import { createTally } from "../../../src/probe/tally.ts";
import { type Attempt, down, up } from "../../../src/probe/types.ts";
import { probeOf } from "./harness.ts";

const sleep = (duration: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, duration));

const many = (count: number, changes: Partial<Probe>): readonly Probe[] =>
  Array.from({ length: count }, () => probeOf({ kind: "tcp" }, 80, changes));

describe("the scheduler", () => {
  it("asks each probe once an interval, spread over it", async () => {
    const asked: number[] = [];
    const begun = performance.now();
    const scheduler = startScheduler({
      probes: many(100, { interval: ms(400) }),
      ask: (_, attempt) => {
        asked.push(performance.now() - begun);
        attempt.end(up(""));
      },
      onOutcome: () => undefined,
    });
    await sleep(1500);
    scheduler.close();
    // The first round is quick; the others come in 400 ms each.
    const later = asked.filter((at) => at > 700 && at <= 1500);
    expect(later.length).toBeGreaterThan(150);
    expect(later.length).toBeLessThan(230);
    const quarter = later.filter((at) => (at - 700) % 400 < 100).length;
    expect(quarter / later.length).toBeLessThan(0.45);
  });

  it("holds no more open than it may, and lets a hanging server cost one place", async () => {
    let open = 0;
    let most = 0;
    let answered = 0;
    const scheduler = startScheduler({
      probes: many(20, { interval: ms(50), timeout: ms(100) }),
      maxOpen: 4,
      ask: (_, attempt) => {
        open++;
        most = Math.max(most, open);
        attempt.onEnd(() => {
          open--;
        });
        // One in ten hangs.
        if (answered++ % 10 !== 0) setTimeout(() => attempt.end(up("")), 1);
      },
      onOutcome: () => undefined,
    });
    await sleep(600);
    scheduler.close();
    expect(most).toBe(4);
    expect(answered).toBeGreaterThan(60);
    expect(open).toBe(0);
  });

  it("goes on after a moment in which everybody was being asked", async () => {
    const waiting: Attempt[] = [];
    const scheduler = startScheduler({
      probes: many(3, { interval: ms(50), timeout: ms(5000) }),
      ask: (_, attempt) => waiting.push(attempt),
      onOutcome: () => undefined,
    });
    const asked = (count: number) => vi.waitFor(() => expect(waiting).toHaveLength(count));
    await asked(3);
    for (const attempt of waiting.slice()) attempt.end(up(""));
    await asked(6);
    scheduler.close();
  });

  it("takes the first outcome, and turns what is thrown into a failure", async () => {
    const outcomes: unknown[] = [];
    let kept: Attempt | undefined;
    const scheduler = startScheduler({
      probes: many(2, {}),
      ask: (_, attempt) => {
        if (kept) throw new Error("no socket");
        kept = attempt;
        attempt.end(up("first"));
        attempt.end(down("second"));
      },
      onOutcome: (_, outcome) => outcomes.push(outcome),
    });
    await sleep(50);
    scheduler.close();
    expect(outcomes).toEqual([up("first"), down("no socket")]);
  });
});

describe("the queue", () => {
  it("gives back in the order of time", () => {
    const queue = new TimeQueue<{ at: number }>();
    const times = Array.from({ length: 500 }, (_, i) => (i * 7919) % 503);
    for (const at of times) queue.push({ at });
    const out = times.map(() => queue.pop()?.at);
    expect(out).toEqual(times.toSorted((a, b) => a - b));
    expect(queue.pop()).toBeUndefined();
  });
});

describe("the tally", () => {
  it("tells what may decide something, and is silent about the rest", () => {
    const tally = createTally([2]);
    const note = (ok: boolean, reason = ""): boolean =>
      tally.note(0, ok ? up(reason) : down(reason), 1, 0);
    expect([note(true), note(true), note(true), note(true)]).toEqual([true, true, false, false]);
    expect(tally.take(false)).toMatchObject([{ ok: true, run: 4 }]);
    expect(tally.take(false)).toEqual([]);
    expect(note(true)).toBe(false);
    expect(tally.take(true)).toMatchObject([{ run: 5 }]);
    expect(tally.take(true)).toEqual([]);
    expect([note(false, "a"), note(false, "a"), note(false, "a")]).toEqual([true, true, false]);
    expect(note(false, "b")).toBe(true);
    expect(note(true)).toBe(true);
    expect(tally.take(false)).toMatchObject([{ ok: true, run: 1 }]);
  });
});
