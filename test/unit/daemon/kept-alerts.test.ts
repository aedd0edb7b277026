/** What waits to be told outlives the run: on the disk, bounded, and told by the next one. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instant, ms } from "../../../src/base/units.ts";
import type { Alert } from "../../../src/config/alert-types.ts";
import type { AlertEvent, Outcome, Told } from "../../../src/core/alert/types.ts";
import { initialDirector, makeSetup } from "../../../src/core/director/setup.ts";
import type { DirectorState } from "../../../src/core/director/types.ts";
import type { Parcel } from "../../../src/courier/messages.ts";
import { type Alerts, createAlerts } from "../../../src/daemon/alerts.ts";
import { alertStore, MAX_KEPT } from "../../../src/daemon/kept-alerts.ts";
import type { Log } from "../../../src/daemon/log.ts";
import { simConfig } from "../../sim/config.ts";
import { eventually } from "../../support/process.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-kept-"));
  path = join(folder, "lib", "alerts.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (why: string): AlertEvent => ({
  subject: "instance",
  instance: "i0",
  state: "master",
  priority: 150,
  why,
});
const told = (why: string): Told => ({
  event: event(why),
  still: false,
  time: "2026-01-01T03:12Z",
});

const webhook = (name: string): Alert => ({
  name,
  sink: {
    kind: "webhook",
    url: "http://hook.example/",
    headers: {},
    tokenFile: undefined,
    verify: true,
    caFile: undefined,
  },
  events: ["instance"],
  instances: undefined,
  groups: undefined,
  services: undefined,
  by: "each",
  remind: ms(0),
  timeout: ms(1000),
  retryFor: ms(60_000),
  limit: { deliveries: 20, within: ms(60_000) },
});

function stateWith(alerts: readonly Alert[]): DirectorState {
  const config = { ...simConfig({ priorities: [150, 100] }), alerts };
  const identity = { self: "lb1", session: "00".repeat(16), counter: 1, keyId: 0 };
  const setup = makeSetup({ config, configDigest: "", authenticated: true, ...identity });
  return initialDirector(setup, instant(0));
}

/** One run of baton: what it sends, and what it says in its log. */
function run(outcome: Outcome): {
  readonly alerts: Alerts;
  readonly sent: Parcel[];
  readonly said: string[];
} {
  const sent: Parcel[] = [];
  const said: string[] = [];
  const say = (sentence: string): number => said.push(sentence);
  const log = { error: say, debug: () => undefined, info: say, warn: say } as unknown as Log;
  const deliver = (parcel: Parcel): Promise<Outcome> => {
    sent.push(parcel);
    return Promise.resolve(outcome);
  };
  const alerts = createAlerts(log, { deliver, close: () => undefined }, alertStore(path));
  alerts.serve(() => stateWith([webhook("ops")]));
  return { alerts, sent, said };
}

const DOWN: Outcome = { kind: "failed", why: "it answers 503", again: true };
const letterIn = (parcel: Parcel | undefined) =>
  JSON.parse(parcel?.letter.json ?? "{}") as {
    readonly lost: number;
    readonly events: readonly { readonly why: string; readonly time: string }[];
  };

describe("the next run", () => {
  test("tells what waited, as of its time, and before what is new", async () => {
    const first = run(DOWN);
    await first.alerts.resume();
    first.alerts.tell(event("lb2 was silent"));
    await eventually("the failure", () => first.alerts.facts()[0]?.failures === 1);
    await first.alerts.keep();
    first.alerts.close();
    expect(first.said.filter((line) => line.includes("lost"))).toEqual([]);
    const time = letterIn(first.sent[0]).events[0]?.time;

    const second = run({ kind: "delivered" });
    second.alerts.tell(event("baton started"));
    await second.alerts.resume();
    await eventually("the delivery", () => second.alerts.facts()[0]?.delivered === 2);
    const { events } = letterIn(second.sent[0]);
    expect(events.map(({ why }) => why)).toEqual(["lb2 was silent", "baton started"]);
    expect(events[0]?.time).toBe(time);
    expect(second.said).toEqual(["alert ops: 1 event of an earlier run still to be told"]);
    await second.alerts.keep();
    expect(existsSync(path)).toBe(false);
    second.alerts.close();
  });

  test("tells how many were lost, and of alerts that nobody has any more", async () => {
    const ops = { told: [told("one")], lost: 7 };
    await alertStore(path).write({ ops, gone: { told: [told("two")], lost: 0 } });
    const { alerts, sent, said } = run({ kind: "delivered" });
    await alerts.resume();
    await eventually("the delivery", () => sent.length === 1);
    expect(letterIn(sent[0])).toMatchObject({ lost: 7, events: [{ why: "one" }] });
    expect(alerts.facts()).toMatchObject([{ dropped: 7 }]);
    expect(said).toEqual([
      "alert ops: 1 event of an earlier run still to be told, 7 before them are lost",
      "alert gone: 1 event of an earlier run is lost: nobody is told by it any more",
    ]);
    alerts.close();
  });

  test.each([
    ["of a later format", '{"format":2}', /is of format 2, and baton .* knows 1/],
    ["that makes no sense", '{"format":1,"alerts":[{}]}', /makes no sense/],
  ])("says that it can not tell what is %s", async (_, text, words) => {
    await alertStore(path).write({ ops: { told: [told("one")], lost: 0 } });
    writeFileSync(path, text);
    const { alerts, said } = run(DOWN);
    await alerts.resume();
    expect(said).toEqual([expect.stringMatching(words)]);
    alerts.close();
  });
});

test("what waits for a second is kept by itself; nothing is before the earlier run's is read", async () => {
  const before = { ops: { told: [told("earlier")], lost: 0 } };
  await alertStore(path).write(before);
  const { alerts } = run(DOWN);
  alerts.tell(event("later"));
  await alerts.keep();
  expect(await alertStore(path).read()).toEqual(before);
  await alerts.resume();
  await eventually("both are kept", async () => {
    const { ops } = await alertStore(path).read();
    return ops?.told.map((one) => one.event.subject === "instance" && one.event.why).join();
  });
  await eventually("both", () => readFileSync(path, "utf8").includes("later"));
  expect((await alertStore(path).read())["ops"]?.told).toHaveLength(2);
  alerts.close();
});

test("a disk that takes nothing is told of once, and what waited is lost at the end", async () => {
  writeFileSync(join(folder, "lib"), "in the way");
  const { alerts, said } = run(DOWN);
  await alerts.resume();
  said.splice(0);
  alerts.tell(event("lb2 was silent"));
  await alerts.keep();
  await alerts.keep();
  alerts.close();
  expect(said.filter((line) => line.includes("kept"))).toHaveLength(1);
  expect(said.at(-1)).toBe("alert ops: 1 event is lost: it is not told any more");
});

test("the newest are kept, shared by the alerts; the rest counts as lost", async () => {
  const many = Array.from({ length: MAX_KEPT }, (_, i) => told(`cause ${i}`));
  await alertStore(path).write({ a: { told: many, lost: 1 }, b: { told: many, lost: 0 } });
  const { a, b } = await alertStore(path).read();
  expect([a?.told.length, a?.lost, b?.told.length, b?.lost]).toEqual([500, 501, 500, 500]);
  expect(a?.told.at(-1)).toEqual(many.at(-1));
});
