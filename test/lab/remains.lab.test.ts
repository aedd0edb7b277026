/** What `baton status` finds in the kernel after a daemon died. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootLab, type LabResult } from "./boot.ts";

let result: LabResult;
beforeAll(async () => {
  result = await bootLab({ script: "./guest/remains.ts" });
});
afterAll(() => {
  expect(result).toMatchObject({ code: 0, timedOut: false });
});

const step = (kind: string): unknown => {
  const found = result.events.find((event) => event.kind === kind);
  if (!found) throw new Error(`no event ${kind}: ${JSON.stringify(result)}`);
  return found;
};

test("nothing", () => {
  expect(step("nothing")).toMatchObject({
    code: 3,
    remains: { daemon: "not running", services: [], foreignServices: [], syncRoles: [] },
  });
});

test("a service, and the sync daemon; a stranger's service is told apart", () => {
  expect(step("left")).toMatchObject({
    code: 1,
    remains: {
      daemon: "dead",
      services: ["tcp 10.0.0.100:80"],
      foreignServices: ["udp 10.0.0.9:53"],
      syncRoles: ["master"],
      vipsHere: [],
    },
  });
});

test("a table that is kept on purpose is not left behind", () => {
  expect(step("kept")).toMatchObject({
    code: 3,
    remains: { services: ["tcp 10.0.0.100:80"], tableKept: true, syncRoles: [] },
  });
});
