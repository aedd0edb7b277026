/** Long work in short turns of the loop. */
import { expect, test } from "vitest";
import { inTurns } from "../../../src/daemon/turns.ts";

test("others have their turn in between, and nothing is left out or done twice", async () => {
  const done: number[] = [];
  let turns = 0;
  let over = false;
  const look = (): void => {
    turns++;
    if (!over) setImmediate(look);
  };
  setImmediate(look);
  const all = Array.from({ length: 10 }, (_, i) => i);
  await inTurns(all, (one) => {
    const until = performance.now() + 3;
    while (performance.now() < until);
    done.push(one);
  });
  over = true;
  expect(done).toEqual(all);
  expect(turns).toBeGreaterThanOrEqual(all.length);
});
