/** Which configuration a start, and a release, take from the cache that another daemon wrote. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Places, places } from "../../../src/base/places.ts";
import {
  configurationOfLastRun,
  loadConfiguration,
  rememberConfiguration,
} from "../../../src/daemon/configuration.ts";
import { BASE } from "../config/base.ts";

let root: string;
let at: Places;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-configuration-"));
  at = places(root);
  file = at.config;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, BASE);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** As if another program had written it. */
function rewritten(changes: Readonly<Record<string, unknown>>): void {
  const cached = JSON.parse(readFileSync(at.configCache, "utf8")) as Record<string, unknown>;
  writeFileSync(at.configCache, JSON.stringify({ ...cached, ...changes }));
}

test("what ran is taken up again, and only by the program that resolved it", async () => {
  const first = await loadConfiguration(file, at);
  await rememberConfiguration(first, at);
  const again = await loadConfiguration(file, at);
  expect(again).toMatchObject({ key: first.key, digest: first.digest });
  expect(again.locate).toBeUndefined();
  rewritten({ key: "of another build" });
  expect((await loadConfiguration(file, at)).locate).toBeDefined();
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["of another version", { baton: "9.9.9" }],
  ["that does not say of which version", { baton: undefined }],
])("a release is told of a cache %s", async (_, changes) => {
  await rememberConfiguration(await loadConfiguration(file, at), at);
  expect(await configurationOfLastRun(at)).toMatchObject({ sameVersion: true });
  rewritten(changes);
  expect(await configurationOfLastRun(at)).toMatchObject({ sameVersion: false });
});

test("a cache of a later format is none", async () => {
  await rememberConfiguration(await loadConfiguration(file, at), at);
  rewritten({ format: 2 });
  expect(await configurationOfLastRun(at)).toBeUndefined();
});
