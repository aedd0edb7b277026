import { expect, test } from "vitest";
import { text } from "../../../../src/core/reload/changes.ts";

test.each([
  [undefined, "", "none"],
  [undefined, "persistence", "none"],
  [250, "interval", "250ms"],
  [300, "persistence", "5m"],
  [51, "routerId", "51"],
  [["a", "b"], "", "[a, b]"],
  [{ every: 5, delay: 5000, gone: undefined }, "", "{ every: 5, delay: 5s }"],
  [
    { kind: "after", steps: [{ timeout: 1500 }] },
    "",
    "{ kind: after, steps: [{ timeout: 1.5s }] }",
  ],
  ["x".repeat(80), "", `${"x".repeat(59)}…`],
])("%j of %j is told as %s", (value, key, told) => {
  expect(text(value, key)).toBe(told);
});
