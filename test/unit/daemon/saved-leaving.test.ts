/** What is written of servers that drain, and read by the next run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { openMemory } from "../../../src/daemon/memory.ts";
import { readLeaving, type SavedLeaving } from "../../../src/daemon/saved-leaving.ts";
import { bootTime, now } from "../../../src/os/clock.ts";
import { destination } from "../../support/health.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-leaving-"));
  mkdirSync(places(folder).lib, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const saved: SavedLeaving = {
  service: "http",
  destination: destination(3, { weight: 0, forward: "nat" }),
  since: bootTime() - 10_000,
  until: bootTime() + 50_000,
};

async function written(leaving: readonly unknown[]): ReturnType<typeof readLeaving> {
  const at = places(folder);
  const memory = await openMemory(at, "boot", (error) => {
    throw error;
  });
  memory.saveAdmin({ holds: {}, servers: [], leaving: leaving as readonly SavedLeaving[] });
  await memory.close();
  return readLeaving(at, "boot");
}

test("it is read on the clock of the run that reads it", async () => {
  const [found] = (await written([saved])).get("http") ?? [];
  expect(found?.destination).toEqual(saved.destination);
  expect(found && found.until - found.since).toBeCloseTo(60_000, 0);
  const left = (found?.until ?? 0) - now();
  expect(left > 40_000 && left <= 50_000).toBe(true);
});

test.each([
  { service: 7 },
  { until: "soon" },
  { destination: undefined },
  { destination: { ...saved.destination, address: "web.example" } },
  { destination: { ...saved.destination, weight: 1 } },
  { destination: { ...saved.destination, port: 70_000 } },
  { destination: { ...saved.destination, forward: "pigeon" } },
  { destination: { ...saved.destination, tunnel: null } },
])("%j is left out, the others count", async (damage) => {
  const found = await written([{ ...saved, ...damage }, saved]);
  expect(found.get("http")).toHaveLength(1);
});

test.each(["", "null", "[]", '{"bootId":"boot","leaving":7}', '{"bootId":"another","leaving":[]}'])(
  "%s says nothing",
  async (text) => {
    const at = places(folder);
    await written([]);
    writeFileSync(at.admin, text);
    expect(await readLeaving(at, "boot")).toEqual(new Map());
  },
);
