import { describe, test } from "vitest";
import { SCENARIOS } from "./scenarios.ts";

describe.each(Object.entries(SCENARIOS))("%s", (_, scenarios) => {
  test.each(Object.entries(scenarios))("%s", (_name, scenario) => scenario());
});
