import { expect, test } from "vitest";
import { chaos, chronicle } from "./chaos.ts";
import { chaosTest } from "./many.ts";

chaosTest(1, 2);

test("the same seed is the same run", () => {
  for (const seed of [1, 2, 3, 4, 5]) expect(chronicle(chaos(seed))).toBe(chronicle(chaos(seed)));
});
