/** A reload beside a real keepalived: adverts go on, and a role moves only where that is asked for. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import type { PlanReply } from "../../../src/control/api.ts";
import { command } from "../../../src/control/client.ts";
import { createMixed, type Mixed } from "../../support/mixed.ts";
import { begin } from "../../support/mixed-stories.ts";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";

const INTERVAL = 200;
const MORE = "192.168.60.101";

let pair: Mixed;

beforeAll(async () => {
  const priorities = { baton: 150, keepalived: 100 };
  pair = await createMixed({ version: 3, family: 4, interval: INTERVAL, priorities });
  await begin(pair, "baton");
});
afterAll(() => pair?.close());

/** Words of the file, exchanged. */
async function reload(from: string, to: string, body: object = {}): Promise<PlanReply> {
  const { config, socket } = places(pair.segment.root(pair.hosts.baton));
  const before = readFileSync(config, "utf8");
  expect(before).toContain(from);
  writeFileSync(config, before.replace(from, to));
  return await command<PlanReply>(socket, "/v1/reload", body, 20_000);
}

test("another VIP, and keepalived hears its master all the time", async () => {
  const probe = await pair.segment.probe(pair.vip);
  const list = `"${pair.vip}"`;
  // keepalived compares lists: what is not said in adverts may be there on one side.
  const more = `${list}, { "address": "${MORE}", "excluded": true }`;
  expect(await reload(list, more)).toMatchObject({ done: true });
  await eventually("it stands", async () => (await pair.owners(MORE)).join() === "baton");
  await sleep(6 * INTERVAL);
  expect(await pair.owners()).toEqual(["baton"]);
  const { state, story } = await pair.instance();
  expect(state).toBe("master");
  expect(story?.kind).toBe("took");
  expect(longestGap(await probe.stop())).toBeLessThan(INTERVAL);
});

test("a priority below keepalived's is refused, then done on demand, and taken back", async () => {
  const refused = await reload('"priority": 150', '"priority": 50');
  expect(refused).toMatchObject({ done: false, plan: { moves: [{ instance: "web" }] } });
  const { socket } = places(pair.segment.root(pair.hosts.baton));
  expect(await pair.owners()).toEqual(["baton"]);
  const done = await command<PlanReply>(socket, "/v1/reload", { move: true }, 20_000);
  expect(done.done).toBe(true);
  await pair.servedBy("keepalived");
  await reload('"priority": 50', '"priority": 150');
  await pair.servedBy("baton");
});

test("another router id lets go of the role first, and stands for election as another router", async () => {
  const { done, plan } = await reload('"routerId": 51', '"routerId": 61', { move: true });
  expect(done).toBe(true);
  expect(plan?.moves).toEqual([{ instance: "web", why: "its routerId changes from 51 to 61" }]);
  // Two routers now, each master of its own.
  await eventually("both serve", async () => (await pair.owners()).length === 2);
  await reload('"routerId": 61', '"routerId": 51', { move: true });
  await pair.servedBy("baton");
});
