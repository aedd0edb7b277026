/** What the page shows of a snapshot, as values. */
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { alarmsView, staleText, titleOf } from "../../../src/page/head.ts";
import { instancesView } from "../../../src/page/instances.ts";
import { pathsView, syncView } from "../../../src/page/kernel.ts";
import { type Child, h, type PageNode, textOf } from "../../../src/page/node.ts";
import { sayings } from "../../../src/page/said.ts";
import { servicesView } from "../../../src/page/services.ts";
import type { Command, PageState } from "../../../src/page/state.ts";
import { chart, traced } from "../../../src/page/traces.ts";
import { amount, duration } from "../../../src/page/words.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";

const sent: Command[] = [];
const actions = { command: (command: Command) => void sent.push(command) };
const stateOf = (snapshot: Snapshot, more: Partial<PageState> = {}): PageState => ({
  view: { nextMs: 1000, commands: true, peers: [], snapshot },
  traces: traced(new Map(), snapshot),
  hearing: { kind: "live" },
  filter: "",
  heardAt: new Date(0),
  ...more,
});
const read = (nodes: readonly Child[]): string => nodes.map(textOf).join(" ").replace(/\s+/g, " ");
const all = (node: Child): readonly PageNode[] =>
  typeof node === "string" ? [] : [node, ...node.children.flatMap(all)];
const buttons = (nodes: readonly PageNode[]): readonly PageNode[] =>
  nodes.flatMap(all).filter(({ tag }) => tag === "button");

const [instance] = SNAPSHOT.instances;
const [service] = SNAPSHOT.services;
const [server] = service?.servers ?? [];
if (!instance || !service || !server) throw new TypeError("the snapshot is empty");

describe("who serves", () => {
  test("a drill is offered where one can be judged", () => {
    const labels = (snapshot: Snapshot): readonly string[] =>
      buttons(instancesView(snapshot, true, actions)).map(textOf);
    expect(labels(SNAPSHOT)).toContain("Drill…");
    const vrrp = (preemptAfterMs: number | undefined, state = "master"): Snapshot => {
      const words = { version: 3, mode: "multicast", advertised: [], intervalMs: 1000 };
      const more = { state, vrrp: { ...words, preemptAfterMs, vmac: undefined } };
      return { ...SNAPSHOT, instances: [{ ...instance, ...more }] };
    };
    expect(labels(vrrp(0))).toContain("Drill…");
    for (const one of [vrrp(undefined), vrrp(600_000), vrrp(0, "backup")]) {
      expect(labels(one)).not.toContain("Drill…");
    }
  });

  test("of connections nobody synchronises, nobody is said to know them", () => {
    expect(read(instancesView(SNAPSHOT, false, actions))).toContain("Sync knows all connections");
    const alone = { ...SNAPSHOT, sync: undefined };
    expect(read(instancesView(alone, false, actions))).not.toContain("Sync");
  });

  test("both directors, the VIPs, and how it came about", () => {
    const text = read(instancesView(SNAPSHOT, false, actions));
    expect(text).toContain("lb1 serves");
    expect(text).toContain("lb1 has been master for 3 h 12 min: lb2 was silent for 755ms");
    expect(text).toContain("○ backup");
    expect(text).toContain("192.168.60.100/32 ● on eth0 here");
    expect(buttons(instancesView(SNAPSHOT, false, actions))).toEqual([]);
  });

  test("what is amiss", () => {
    const [vip] = instance.vips;
    if (!vip) throw new TypeError("no VIP");
    const peers = SNAPSHOT.peers.map((peer) => ({ ...peer, alive: false, heardAgoMs: 61_000 }));
    const broken = {
      ...instance,
      state: "fault",
      master: undefined,
      faults: ["link"],
      vips: [{ ...vip, present: false }],
    };
    const text = read(instancesView({ ...SNAPSHOT, peers, instances: [broken] }, false, actions));
    for (const part of [
      "nobody serves",
      "✕ fault",
      "link",
      "✕ silent",
      "1 min ago",
      "missing on eth0",
    ]) {
      expect(text).toContain(part);
    }
  });

  test.each([
    ["master", undefined, ["failover", "drill"]],
    ["backup", undefined, ["takeover", "drill"]],
    ["backup", 60_000, ["takeover", "resume"]],
    ["fault", undefined, []],
  ])("as %s, held %s: %j", (state, holdMs, kinds) => {
    sent.length = 0;
    const snapshot = { ...SNAPSHOT, instances: [{ ...instance, state, holdMs }] };
    for (const { click } of buttons(instancesView(snapshot, true, actions))) click?.();
    expect(sent).toEqual(kinds.map((kind) => ({ kind, instance: "web" })));
  });
});

describe("services", () => {
  const withServer = (more: Partial<typeof server>): Snapshot => ({
    ...SNAPSHOT,
    services: [{ ...service, servers: [{ ...server, ...more }] }],
  });

  test("health with its reason, weights, connections", () => {
    const health = { ...server.health, state: "down" as const, reason: "connection refused" };
    const text = read(
      servicesView(withServer({ health, inKernel: false }), stateOf(SNAPSHOT), actions),
    );
    expect(text).toContain("✕ 0 of 1 serve");
    expect(text).toContain("✕ down for 3 h 12 min: connection refused");
    expect(text).toContain("out, 1 wanted");
    expect(text).toContain("120 connections/s");
  });

  test("a drained one can be enabled, another drained or disabled", () => {
    const admin = {
      action: "drain",
      text: "drained by anna",
      who: "anna",
      reason: "",
      time: "",
      by: "lb1",
      leftMs: undefined,
    };
    const labels = (snapshot: Snapshot): readonly string[] =>
      buttons(servicesView(snapshot, stateOf(snapshot), actions)).map((one) => textOf(one));
    expect(labels(withServer({}))).toEqual(["Drain…", "Disable…"]);
    expect(labels(withServer({ health: { ...server.health, admin } }))).toEqual(["Enable…"]);
  });

  test("of many a bounded number, found by a part of their names", () => {
    const services = Array.from({ length: 200 }, (_, i) => ({ ...service, name: `s${i}` }));
    const snapshot = { ...SNAPSHOT, services };
    expect(servicesView(snapshot, stateOf(snapshot), actions)).toHaveLength(51);
    const found = servicesView(snapshot, stateOf(snapshot, { filter: "s199" }), actions);
    expect(found).toHaveLength(1);
    expect(read(servicesView(snapshot, stateOf(snapshot, { filter: "x" }), actions))).toContain(
      "No service",
    );
  });
});

test("a chart has a point for each measurement, the highest at the top", () => {
  let traces = traced(new Map(), SNAPSHOT);
  for (let i = 0; i < 200; i++) traces = traced(traces, SNAPSHOT);
  expect(traces.get("http")).toHaveLength(120);
  const points = all(chart([0, 5, 10])).find(({ tag }) => tag === "polyline")?.attributes["points"];
  expect(points?.split(" ").map((point) => point.split(",")[1])).toEqual(["23.0", "12.0", "1.0"]);
});

test("sync and paths", () => {
  expect(read([syncView(SNAPSHOT)])).toContain("resync 3 (full): 1000 records sent in 41ms");
  const lost = { ...SNAPSHOT, sync: SNAPSHOT.sync && { ...SNAPSHOT.sync, running: [] } };
  expect(read([syncView(lost)])).toContain("should be master");
  expect(read(pathsView(SNAPSHOT))).toContain("lb2 192.168.60.130 192.168.60.131 0.1 s ago 0.3 %");
});

test("what is stale says so, in the title as well", () => {
  const stale = stateOf(SNAPSHOT, { hearing: { kind: "stale", forMs: 12_000 } });
  expect(staleText(stale)).toContain("has not been heard for 12 s");
  expect(titleOf(stale)).toBe("(stale) lb1, web master · baton");
  expect(staleText(stateOf(SNAPSHOT))).toBe("");
  expect(read(alarmsView({ ...SNAPSHOT, alarms: ["look here"] }))).toContain("look here");
  expect(alarmsView(SNAPSHOT)).toEqual([]);
});

test("only changes are said aloud, a few at once", () => {
  expect(sayings(SNAPSHOT, SNAPSHOT)).toEqual([]);
  const moved = { ...SNAPSHOT, instances: [{ ...instance, state: "backup", master: "lb2" }] };
  expect(sayings(SNAPSHOT, moved)).toEqual(["web: lb2 serves, lb1 is backup"]);
  const many = (state: "up" | "down"): Snapshot => ({
    ...SNAPSHOT,
    services: Array.from({ length: 9 }, (_, i) => ({
      ...service,
      name: `s${i}`,
      servers: [{ ...server, health: { ...server.health, state } }],
    })),
  });
  expect(sayings(many("up"), many("down"))).toHaveLength(4);
});

test("texts stay texts, and what is not there is left out", () => {
  const node = h("p", { hidden: false, title: '"<' }, "<b>", undefined, false, ["x", [""]]);
  expect(node.children).toEqual(["<b>", "x"]);
  expect(node.attributes).toEqual({ title: '"<' });
});

test.each([
  [800, "0.8 s"],
  [59_999, "59 s"],
  [3_600_000, "1 h 0 min"],
  [200_000_000, "2 days"],
])("%d ms is %s", (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [9999, "9,999"],
  [12_345, "12.3 k"],
  [2_000_000, "2.0 M"],
  [3e9, "3.0 G"],
])("%d is %s", (value, text) => expect(amount(value)).toBe(text));
