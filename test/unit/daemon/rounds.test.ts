import { expect, onTestFinished, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import { lookEvery, rideAlong } from "../../../src/daemon/rounds.ts";
import { eventually, sleep } from "../../support/process.ts";

const PERIOD = 400;

/** What one wake-up did is one entry. */
function wakes(names: readonly string[]): string[][] {
  const seen: string[][] = [];
  let current: string[] | undefined;
  for (const name of names) {
    const end = lookEvery(ms(PERIOD), () => {
      if (!current) {
        seen.push((current = []));
        queueMicrotask(() => {
          current = undefined;
        });
      }
      current.push(name);
    });
    onTestFinished(end);
  }
  return seen;
}

test("who is awake takes along what is nearly due, and nothing before", async () => {
  const seen = wakes(["a", "b"]);
  rideAlong();
  expect(seen).toEqual([]);
  await sleep(PERIOD * 0.93);
  rideAlong();
  expect(seen[0]).toEqual(["a", "b"]);
});

test("without anybody the timer comes, once for all that is due", async () => {
  const seen = wakes(["a", "b"]);
  await eventually("a look", () => seen.length > 0 || undefined);
  expect(seen[0]).toEqual(["a", "b"]);
});

test("a look that has ended is over, also within its own turn", async () => {
  const ends: (() => void)[] = [];
  let looks = 0;
  const stopAll = (): void => {
    looks++;
    for (const end of ends) end();
  };
  ends.push(lookEvery(ms(10), stopAll), lookEvery(ms(10), stopAll));
  await sleep(30);
  rideAlong();
  expect(looks).toBe(1);
});
