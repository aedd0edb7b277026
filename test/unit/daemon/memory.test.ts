import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Places, places } from "../../../src/base/places.ts";
import { instant } from "../../../src/base/units.ts";
import {
  nextCounter,
  openMemory,
  readDecisions,
  readHolds,
  type SavedEntry,
} from "../../../src/daemon/memory.ts";

let root: string;
let at: Places;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-memory-"));
  at = places(root);
  mkdirSync(at.lib, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const fail = (error: unknown): never => {
  throw error;
};

describe("the counter", () => {
  test("grows with each start, and is on the disk", async () => {
    expect(await nextCounter(at, fail)).toBe(1);
    expect(await nextCounter(at, fail)).toBe(2);
    expect(readFileSync(at.counter, "utf8")).toBe("2\n");
  });

  // A peer refuses what is beyond 2^53: a director that sent it would never be heard again.
  test.each(["", "x", "-1", "NaN", "9007199254740991", "1e99", "999999999999999999999"])(
    "damaged to %j it begins anew, within what a peer reads",
    async (text) => {
      writeFileSync(at.counter, text);
      const counter = await nextCounter(at, fail);
      expect(counter).toBeGreaterThan(0);
      expect(counter).toBeLessThanOrEqual(2 ** 48);
    },
  );
});

describe("holds", () => {
  const read = (text: string): ReturnType<typeof readHolds> => {
    writeFileSync(at.admin, text);
    return readHolds(at, "boot");
  };

  test("of this boot are read, of another are over", async () => {
    expect(await read('{"bootId":"boot","holds":{"web":5}}')).toEqual({ web: 5 });
    expect(await read('{"bootId":"other","holds":{"web":5}}')).toEqual({});
  });

  test.each(["", "null", "[]", '{"bootId":"boot"}', '{"bootId":"boot","holds":null}'])(
    "%s holds nothing",
    async (text) => expect(await read(text)).toEqual({}),
  );

  test("a time that is none is no hold", async () => {
    expect(await read('{"bootId":"boot","holds":{"web":"soon"}}')).toEqual({});
  });
});

describe("decisions about servers", () => {
  const entry: SavedEntry = {
    service: undefined,
    address: "10.0.0.1",
    port: 80,
    action: "drain",
    version: 3,
    director: "lb1",
    who: "eve",
    reason: "disks",
    time: "2026-01-01T00:00:00.000Z",
    ends: undefined,
  };
  const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();

  test("are read after a boot as they were written, without those that are over", async () => {
    const memory = await openMemory(at, "boot", fail);
    const ended = { ...entry, address: "10.0.0.2", ends: soon(-5) };
    const servers = [entry, ended, { ...entry, version: 2, ends: soon(60_000) }];
    memory.saveAdmin({ holds: { web: 5 }, servers, leaving: [] });
    await memory.close();
    const found = await readDecisions(at, instant(1000));
    expect(found).toMatchObject([
      { address: "10.0.0.1", port: 80, action: "drain", version: 3, who: "eve", until: undefined },
      { version: 2 },
    ]);
    expect(found[1]?.until).toBeGreaterThan(50_000);
    expect(await readHolds(at, "boot")).toEqual({ web: 5 });
    expect(await readHolds(at, "another")).toEqual({});
  });

  // What is sent to the peer has fields of a fixed size: a strange one must not stop the adverts.
  test.each([
    { action: "explode" },
    { version: -1 },
    { version: 2 ** 32 },
    { port: 70_000 },
    { port: "80" },
    { address: "web.example" },
    { service: 7 },
    { who: 7 },
    { ends: "some day" },
  ])("%j is left out, the others count", async (damage) => {
    const good = {
      address: "10.0.0.1",
      port: 80,
      action: "drain",
      version: 3,
      director: "lb1",
      who: "eve",
      reason: "",
      time: "2026-01-01T00:00:00.000Z",
    };
    const servers = [good, { ...good, ...damage }];
    writeFileSync(at.admin, JSON.stringify({ bootId: "boot", holds: {}, servers }));
    expect(await readDecisions(at, instant(0))).toMatchObject([{ version: 3 }]);
  });

  test.each(["", "null", "[]", '{"servers":7}', '{"servers":[7,{"address":"x"}]}'])(
    "%s decides nothing",
    async (text) => {
      writeFileSync(at.admin, text);
      expect(await readDecisions(at, instant(0))).toEqual([]);
    },
  );
});
