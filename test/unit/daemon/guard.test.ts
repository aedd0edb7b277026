import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { ms } from "../../../src/base/units.ts";
import { awaitSuccessor, guardDeadline, guardNotes, guardPlan } from "../../../src/daemon/guard.ts";
import { GUARD_SCRIPT } from "../../../src/daemon/guard-script.ts";
import type { Mac } from "../../../src/wire/link/ethernet.ts";
import { simConfig } from "../../sim/config.ts";
import * as some from "../../support/ipvs.ts";

describe("how long a successor may take", () => {
  test.each([
    ["300 ms at most", 1000, 60, 300],
    ["an interval that is shorter", 100, 40, 100],
    ["twice what this start took, on a slow host", 1000, 900, 1800],
    ["never longer than one may adopt", 1000, 1900, 2000],
  ])("%s", (_, interval, took, expected) => {
    expect(guardDeadline(ms(interval), ms(took))).toBe(expected);
  });
});

test("a successor that is on its way has as long as it may adopt", async () => {
  const root = mkdtempSync(join(tmpdir(), "baton-guard-"));
  const at = places(root);
  mkdirSync(at.run, { recursive: true });
  writeFileSync(at.guard, "deadline 0.300\nvip 10.0.0.1/32 eth0\n");
  const config = simConfig({ priorities: [150, 100] });
  await awaitSuccessor(at, config);
  const two = ((2 * config.heartbeat.interval) / 1000).toFixed(3);
  expect(readFileSync(at.guard, "utf8")).toBe(`deadline ${two}\nvip 10.0.0.1/32 eth0\n`);
  rmSync(root, { recursive: true });
});

test("the shortest interval says how soon it acts, the longest how long it serves", () => {
  const config = simConfig({ priorities: [150], vrrp: 3, instances: 2, intervals: [100, 5000] });
  expect(guardPlan(config, ms(40))).toEqual({ deadline: 100, serveFor: 5000 + 80 + 2000 });
});

test("notes for a shell", () => {
  const vips = [
    { address: some.ip("10.0.0.1"), prefix: 32, interface: "eth0" },
    { address: some.ip("fd00::1"), prefix: 128, interface: "bond0.7" },
  ];
  const plan = { deadline: ms(300), serveFor: undefined };
  expect(guardNotes(plan, { vips, links: [] }, false)).toBe(
    "deadline 0.300\nvip 10.0.0.1/32 eth0\nvip fd00::1/128 bond0.7\n",
  );
  expect(guardNotes(plan, { vips: [], links: [] }, true)).toBe("deadline 0.300\nended\n");
  const links = [{ name: "vrrp.51", mac: "00:00:5e:00:01:33" as Mac }];
  const things = { vips: vips.slice(0, 1), links };
  expect(guardNotes({ ...plan, serveFor: ms(3100) }, things, false)).toBe(
    "deadline 0.300\nserve 3.100\nmacvlan 00:00:5e:00:01:33 vrrp.51\nvip 10.0.0.1/32 eth0\n",
  );
});

test("the program is one that a POSIX shell understands", () => {
  const { status, stderr } = spawnSync("sh", ["-n"], { input: GUARD_SCRIPT, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
