/** After a downgrade: what a later baton wrote is refused in words, and not written over. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Places, places } from "../../../src/base/places.ts";
import { openMemory } from "../../../src/daemon/memory.ts";
import { openPastConfigurations } from "../../../src/daemon/past-configurations.ts";
import { readPrevious } from "../../../src/daemon/previous.ts";
import {
  indexOfConfigurations,
  refuseLaterState,
  STATE_FORMAT,
} from "../../../src/os/state-format.ts";
import { baton } from "../cli/capture.ts";

const LATER = STATE_FORMAT + 1;

let root: string;
let at: Places;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-formats-"));
  at = places(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
}

const KEPT: readonly [name: string, path: (at: Places) => string][] = [
  ["decisions about servers", ({ admin }) => admin],
  ["the list of configurations", indexOfConfigurations],
];

const fail = (error: unknown): never => {
  throw error;
};

describe.each(KEPT)("%s", (_, path) => {
  test("of a later format are refused, with the file and the remedy", async () => {
    write(path(at), { format: LATER, servers: { shape: "new" } });
    await expect(refuseLaterState(at)).rejects.toMatchObject({
      code: "BATON_STATE",
      message: expect.stringMatching(`^${path(at)} is of format ${LATER}, and baton .* knows`),
      remedy: expect.stringContaining("Install the later version again"),
    });
  });

  test.each([
    ["without a format", {}],
    ["of this format", { format: STATE_FORMAT }],
    ["that is no JSON", "{"],
    ["of null", "null"],
    ["with a format that is none", { format: "later" }],
  ])("%s are not", async (_kind, value) => {
    write(path(at), value);
    await expect(refuseLaterState(at)).resolves.toBeUndefined();
  });
});

test("what this version writes says its format", async () => {
  mkdirSync(at.lib, { recursive: true });
  const memory = await openMemory(at, "boot", fail);
  memory.saveAdmin({ holds: {}, servers: [], leaving: [] });
  await memory.close();
  const past = await openPastConfigurations(at);
  await past.add("text", { digest: "d", how: "start" });
  for (const path of KEPT.map(([, of]) => of(at))) {
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ format: STATE_FORMAT });
  }
});

test("notes of a run in a later format: nothing is taken up, and it is said why", async () => {
  write(at.state, { version: 2, bootId: "x", instances: "elsewhere" });
  const { state, refused } = await readPrevious(at);
  expect(state).toBeUndefined();
  expect(refused).toMatch(/state\.json is of format 2, and baton .* knows 1: a later one wrote it/);
});

describe("a package asks whether this version may be the successor", () => {
  const ask = (): ReturnType<typeof baton> =>
    baton("--root", root, "-c", "etc/baton.yaml", "check", "--no-host", "--successor");

  test("it may", async () => {
    expect((await ask()).code).toBe(0);
  });

  test("it may not where a later one kept something", async () => {
    write(at.admin, { format: LATER });
    const { code, err } = await ask();
    expect(code).toBe(2);
    expect(err).toContain("BATON_STATE");
  });
});
