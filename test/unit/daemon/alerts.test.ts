/** Who is told of which event, on which director; a sink that fails takes nobody else down. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instant, ms } from "../../../src/base/units.ts";
import type { Alert } from "../../../src/config/alert-types.ts";
import { eventOfHealth, isRemindDue } from "../../../src/core/alert/event.ts";
import { MAX_WAITING } from "../../../src/core/alert/outbox.ts";
import type { AlertEvent, Outcome } from "../../../src/core/alert/types.ts";
import { initialDirector, makeSetup } from "../../../src/core/director/setup.ts";
import type { DirectorState } from "../../../src/core/director/types.ts";
import type { ServerKind } from "../../../src/core/health/types.ts";
import type { Parcel } from "../../../src/courier/messages.ts";
import { type Alerts, createAlerts } from "../../../src/daemon/alerts.ts";
import type { Log } from "../../../src/daemon/log.ts";
import { simConfig } from "../../sim/config.ts";
import { eventually } from "../../support/process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-alerts-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = new Proxy({}, { get: () => () => undefined }) as unknown as Log;

const webhook = (name: string, more: Partial<Alert> = {}): Alert => ({
  name,
  sink: {
    kind: "webhook",
    url: `http://${name}.example/`,
    headers: {},
    tokenFile: undefined,
    verify: true,
    caFile: undefined,
  },
  events: ["instance", "group", "server", "quorum"],
  instances: undefined,
  groups: undefined,
  services: undefined,
  by: "master",
  remind: ms(0),
  timeout: ms(1000),
  retryFor: ms(60_000),
  limit: { deliveries: 20, within: ms(60_000) },
  ...more,
});

function stateWith(alerts: readonly Alert[]): DirectorState {
  const config = { ...simConfig({ priorities: [150, 100], instances: 2 }), alerts };
  const identity = { self: "lb1", session: "00".repeat(16), counter: 1, keyId: 0 };
  const setup = makeSetup({ config, configDigest: "", authenticated: true, ...identity });
  return initialDirector(setup, instant(0));
}

interface World {
  readonly alerts: Alerts;
  /** By the host of the URL: what was sent to it. */
  readonly got: Map<string, Parcel[]>;
}

function worldOf(
  list: readonly Alert[],
  outcome: (host: string) => Promise<Outcome>,
  log: Log = silent,
): World {
  const got = new Map<string, Parcel[]>();
  const alerts = createAlerts(log, {
    deliver: (parcel) => {
      const host = parcel.sink.kind === "webhook" ? new URL(parcel.sink.url).host : "mail";
      got.set(host, [...(got.get(host) ?? []), parcel]);
      return outcome(host);
    },
    close: () => undefined,
  });
  alerts.serve(() => stateWith(list));
  return { alerts, got };
}

const master = (instance: string): AlertEvent => ({
  subject: "instance",
  instance,
  state: "master",
  priority: 150,
  why: "lb2 was silent",
});
const down: AlertEvent = {
  subject: "server",
  service: "http",
  server: "10.0.0.1:80",
  state: "down",
  why: "refused",
};

const eventsIn = (parcel: Parcel | undefined): unknown =>
  (JSON.parse(parcel?.letter.json ?? "{}") as { readonly events: unknown }).events;

test("each gets what it wants, together; one that hangs or fails delays nobody", async () => {
  const list = [
    webhook("all"),
    webhook("one", { instances: ["i1"], events: ["instance"] }),
    webhook("hangs"),
    webhook("refuses"),
  ];
  const { alerts, got } = worldOf(list, (host) => {
    if (host === "hangs.example") return new Promise(() => undefined);
    const refused: Outcome = { kind: "failed", why: "it answers 404", again: false };
    return Promise.resolve(host === "refuses.example" ? refused : { kind: "delivered" });
  });
  for (const event of [master("i0"), master("i1"), down]) alerts.tell(event);
  await eventually("four deliveries", () => got.size === 4);
  await eventually("the failure", () => alerts.facts().some(({ dropped }) => dropped === 3));
  expect(eventsIn(got.get("all.example")?.[0])).toMatchObject([
    { subject: "instance", instance: "i0", text: "i0 is master: lb2 was silent", still: false },
    { instance: "i1" },
    { subject: "server", text: "server 10.0.0.1:80 of http is down: refused" },
  ]);
  expect(eventsIn(got.get("one.example")?.[0])).toMatchObject([{ instance: "i1" }]);
  expect(alerts.facts()).toMatchObject([
    { name: "all", delivered: 3, waiting: 0, dropped: 0, failures: 0 },
    { name: "one", delivered: 1 },
    { name: "hangs", delivered: 0, waiting: 3 },
    { name: "refuses", dropped: 3, failures: 1, lastFailure: { why: "it answers 404" } },
  ]);
  alerts.close();
});

test("what is lost is told of once: what came too much, and what was refused", async () => {
  const told: string[] = [];
  const say = (sentence: string): number => told.push(sentence);
  const log = { error: say, debug: say, info: say, warn: say } as unknown as Log;
  let answer: (outcome: Outcome) => void = () => undefined;
  const asked = new Promise<Outcome>((resolve) => {
    answer = resolve;
  });
  const { alerts, got } = worldOf([webhook("slow")], () => asked, log);
  alerts.tell(down);
  await eventually("it is on its way", () => got.size === 1);
  for (let i = 0; i < MAX_WAITING; i++) alerts.tell(down);
  answer({ kind: "failed", why: "it answers 404", again: false });
  await eventually("the failure", () => alerts.facts()[0]?.failures === 1);
  expect(told.filter((sentence) => sentence.includes("lost"))).toEqual([
    "alert slow: 1 event is lost: too many wait",
    "alert slow: 1 event is lost: refused for good",
  ]);
  expect(alerts.facts()).toMatchObject([{ dropped: 2, waiting: MAX_WAITING - 1 }]);
  alerts.close();
});

test("only who serves tells of servers, unless each is to", async () => {
  const list = [webhook("master"), webhook("each", { by: "each" })];
  const plain = stateWith(list);
  const service = { name: "http", instance: "i0", servers: [] };
  const config = { ...plain.setup.config, services: [service as never] };
  const state = { ...plain, setup: { ...plain.setup, config } };
  const { alerts, got } = worldOf([], () => Promise.resolve({ kind: "delivered" }));
  alerts.serve(() => state);
  alerts.tell(down);
  await eventually("the delivery", () => got.has("each.example"));
  await alerts.settled();
  expect([...got.keys()]).toEqual(["each.example"]);
  alerts.close();
});

test("a program gets the words of keepalived's pipe, and its environment", async () => {
  const file = join(folder, "told");
  const program = join(folder, "program");
  writeFileSync(program, `#!/bin/sh\necho "$* $BATON_EVENT $BATON_WHY" >>${file}\n`, {
    mode: 0o755,
  });
  const exec = { kind: "exec", command: [program, "me"], user: undefined } as const;
  const { alerts } = worldOf([{ ...webhook("exec"), sink: exec }], () =>
    Promise.reject(new Error()),
  );
  alerts.tell(master("i0"));
  alerts.tell({ subject: "group", group: "all", state: "fault", why: "no link" });
  await alerts.settled();
  expect(readFileSync(file, "utf8").split("\n").slice(0, 2)).toEqual([
    "me INSTANCE i0 MASTER 150 instance lb2 was silent",
    "me GROUP all FAULT 0 group no link",
  ]);
  alerts.close();
});

test("what waits goes on waiting under another configuration, unless nobody wants it", async () => {
  const { alerts, got } = worldOf([webhook("old"), webhook("stays")], () =>
    Promise.resolve({ kind: "delivered" }),
  );
  alerts.tell(master("i0"));
  alerts.serve(() => stateWith([webhook("stays")]));
  await alerts.settled();
  expect([...got.keys()]).toEqual(["stays.example"]);
  alerts.close();
});

test.each<[ServerKind, ServerKind, string | undefined]>([
  ["checking", "up", undefined],
  ["checking", "down", "down"],
  ["up", "doubted", undefined],
  ["doubted", "up", undefined],
  ["doubted", "down", "down"],
  ["down", "up", "up"],
])("of a server that was %s and is %s is told: %s", (from, to, told) => {
  const change = { kind: "server", service: "s", server: "a:1", from, to, why: "" } as const;
  expect(eventOfHealth(change)?.state).toBe(told);
});

test("reminds each whole while after something has begun", () => {
  const due = (from: number, to: number): boolean =>
    isRemindDue(instant(500), ms(1000), { from: instant(from), to: instant(to) });
  expect([due(0, 1000), due(1000, 1500), due(1500, 2400), due(2400, 2500)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect(isRemindDue(instant(0), ms(0), { from: instant(0), to: instant(9e9) })).toBe(false);
});
