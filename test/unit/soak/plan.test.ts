import { expect, test } from "vitest";
import { chosen, planned } from "../../soak/plan.ts";

const FAULTS = ["stop", "kill -9", "plug pulled"].map((name) => ({ name }));

const first = (count: number, seed: number): readonly string[] => {
  const plan = planned(FAULTS, seed);
  return Array.from({ length: count }, () => plan.next().value.name);
};

test("each fault comes once in its order, then at random, the same for the same seed", () => {
  const twenty = first(20, 7);
  expect(twenty.slice(0, 3)).toEqual(["stop", "kill -9", "plug pulled"]);
  expect(first(20, 7)).toEqual(twenty);
  expect(first(20, 8)).not.toEqual(twenty);
  expect(new Set(twenty.slice(3)).size).toBe(3);
});

test("words choose faults by a part of their names", () => {
  expect(chosen(FAULTS, [])).toEqual(FAULTS);
  expect(chosen(FAULTS, ["plug", "stop"]).map(({ name }) => name)).toEqual(["stop", "plug pulled"]);
  expect(() => chosen(FAULTS, ["plague"])).toThrow("no such fault: plague; there are: stop; kill");
});
