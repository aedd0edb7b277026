import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RUN_STATE_VERSION, readRunState } from "../../../src/os/run-state.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-state-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WHOLE = {
  version: RUN_STATE_VERSION,
  bootId: "boot",
  pid: 1,
  director: "lb1",
  configFile: "/etc/baton/baton.yaml",
  instances: { web: { state: "master", since: 1, why: "started" } },
  added: {
    vips: [{ address: "10.0.0.1", prefix: 32, interface: "eth0" }],
    services: [],
    roles: [],
    routing: { routes: [{ to: { address: "10.7.0.0", prefix: 16 }, table: 7 }], rules: [] },
  },
  level: true,
  ended: false,
  writtenAt: 1,
};

const written = (value: unknown): ReturnType<typeof readRunState> => {
  const file = join(folder, "state.json");
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return readRunState(file);
};

test("what a daemon wrote is read back", async () => {
  expect(await written(WHOLE)).toEqual(WHOLE);
});

test.each([
  ["nothing", ""],
  ["no JSON", "\u0000\u0001{"],
  ["null", "null"],
  ["a list", "[]"],
  ["another version", { ...WHOLE, version: 99 }],
  ["only a head", { version: RUN_STATE_VERSION, bootId: "boot" }],
  ["no director", { ...WHOLE, director: 5 }],
  ["no instances", { ...WHOLE, instances: null }],
  ["an instance of null", { ...WHOLE, instances: { web: null } }],
  ["nothing added", { ...WHOLE, added: null }],
  ["VIPs of null", { ...WHOLE, added: { ...WHOLE.added, vips: null } }],
  ["a VIP that is none", { ...WHOLE, added: { ...WHOLE.added, vips: [{ address: "x" }] } }],
  [
    "a route to nowhere",
    { ...WHOLE, added: { ...WHOLE.added, routing: { routes: [{}], rules: [] } } },
  ],
  ["a service of null", { ...WHOLE, added: { ...WHOLE.added, services: [null] } }],
])("%s is no run state", async (_, value) => {
  expect(await written(value)).toBeUndefined();
});
