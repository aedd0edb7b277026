import { expect, onTestFinished, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import { lookEvery } from "../../../src/daemon/rounds.ts";
import { eventually } from "../../support/process.ts";

/** What one wake-up did is one entry. */
function wakes(periods: readonly number[]): string[][] {
  const seen: string[][] = [];
  let current: string[] | undefined;
  for (const period of periods) {
    const end = lookEvery(ms(period), () => {
      if (!current) {
        seen.push((current = []));
        queueMicrotask(() => {
          current = undefined;
        });
      }
      current.push(`${period}`);
    });
    onTestFinished(end);
  }
  return seen;
}

const after = (seen: string[][], count: number): Promise<unknown> =>
  eventually("looks", () => seen.length >= count || undefined);

test("what is due together is one wake-up, whenever it began", async () => {
  const seen = wakes([20]);
  await after(seen, 1);
  const both = wakes([10, 20]);
  await after(both, 6);
  const slow = both.filter((wake) => wake.includes("20"));
  expect(slow.length).toBeGreaterThan(0);
  for (const wake of slow) expect(wake).toEqual(["10", "20"]);
});

test("a look that has ended is over, also within its own turn", async () => {
  const ends: (() => void)[] = [];
  let looks = 0;
  const stopAll = (): void => {
    looks++;
    for (const end of ends) end();
  };
  ends.push(lookEvery(ms(10), stopAll), lookEvery(ms(10), stopAll));
  const later = wakes([10]);
  await after(later, 3);
  expect(looks).toBe(1);
});
