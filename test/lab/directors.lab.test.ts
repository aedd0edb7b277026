import { expect, test } from "vitest";
import { bootLab } from "./boot.ts";
test("dr", async () => {
  const result = await bootLab({ script: process.env["SCRIPT"] ?? "./guest/dr.ts", timeout: 200_000, onEvent: (e) => console.log(JSON.stringify(e)), onLine: (l) => console.log("  |", l) });
  expect(result.code).toBe(0);
});
