/** What `baton status` prints, of a daemon that lives and of one that does not. */
import { describe, expect, test } from "vitest";
import { isAnythingLeft, type Remains } from "../../../src/cli/status/remains.ts";
import { renderStatus } from "../../../src/cli/status/render.ts";
import { renderRemains } from "../../../src/cli/status/render-remains.ts";
import { styleOf, wrap } from "../../../src/cli/text.ts";
import type { WireView } from "../../../src/cli/wire.ts";
import type { Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";

const plain = styleOf(false);
const LB2 = { mac: "02:00:00:00:02:00", director: "lb2" };

const view = (address: string, changes: Partial<WireView> = {}): WireView => ({
  address,
  interface: "eth0",
  here: true,
  answers: [],
  problem: undefined,
  cached: undefined,
  ...changes,
});
const WIRE = [view("192.168.60.100"), view("fd00:60::100")];

const shown = (changes: Partial<Snapshot> = {}, wire: readonly WireView[] = WIRE): string =>
  renderStatus({ ...SNAPSHOT, ...changes }, wire, plain).join("\n");

describe("running", () => {
  test("a healthy master", () => {
    const narrow = shown()
      .split("\n")
      .flatMap((line) => wrap(line, 90));
    expect(narrow.join("\n")).toBe(`\
lb1 of lb1-lb2 | heartbeats by udp port 8112 every 250 ms, signed | configuration
    00112233aabbccdd, the same on lb2

web: MASTER since 3 h 12 m: lb2 was silent for 755ms
  took over 5.0 s ago: last claim of a master 755ms before, VIPs up after 0.8ms, announced
      after 0.9ms
  router id 51 on eth0, priority 150, level, master: lb1
  192.168.60.100/32  eth0  here  nobody else answers
  fd00:60::100/128   eth0  here  nobody else answers
  lb2 BACKUP, priority 100, level, hears this director, heard 120 ms ago, follows lb1, 12
      active, 3 inactive connections

lb2: alive, heard 120 ms ago, hears this director
  path 0 192.168.60.130 to 192.168.60.131 heard 120 ms ago, loss 0.3 %, jitter 1.2 ms,
      heard there 30 ms ago

services, the table read 800 ms ago
  http  tcp 192.168.60.100:80  wlc, with web, 120 connections/s, in 51 kB/s, out 0 B/s
    192.168.60.136:80 dr weight 1 12 active, 3 inactive, 60 connections/s, in 26 kB/s, out
        0 B/s

connection sync on eth1, sync id 51: wanted master, running master
  resync 3 (full): 1000 records sent in 41ms, 12.0 s ago

history (UTC)
  2026-05-01 12:00:00  web  backup to master  lb2 was silent for 755ms

the loop was late by 0.8 ms at worst within the last minute, 4.2 ms since the start`);
  });

  test("the daemon's alarms and the wire's stand on top", () => {
    const wire = [view("192.168.60.100", { answers: [LB2] }), view("fd00:60::100")];
    const lines = shown({ alarms: ["web: lb2 claims to be master as well"] }, wire).split("\n");
    expect(lines.slice(2, 4)).toEqual([
      "ALARM  web: lb2 claims to be master as well",
      "ALARM  192.168.60.100 is held by 2 at once: this host, lb2 (02:00:00:00:02:00)",
    ]);
    expect(lines).toContain(
      "  192.168.60.100/32  eth0  here  also answered by lb2 (02:00:00:00:02:00)",
    );
  });

  test.each<[string, Partial<WireView>, string | undefined, string]>([
    [
      "elsewhere",
      { here: false, answers: [LB2] },
      undefined,
      "answered by lb2 (02:00:00:00:02:00)",
    ],
    ["nowhere", { here: false }, "nobody answers for 192.168.60.100 on eth0", "nobody answers"],
    [
      "at two others",
      { here: false, answers: [LB2, { mac: "02:00:00:00:09:00", director: undefined }] },
      "192.168.60.100 is held by 2 at once: lb2 (02:00:00:00:02:00), 02:00:00:00:09:00",
      "answered by lb2 (02:00:00:00:02:00), 02:00:00:00:09:00",
    ],
    [
      "not asked for",
      { here: false, problem: "eth0 is down" },
      undefined,
      "not asked for: eth0 is down",
    ],
    [
      "cached",
      { here: false, answers: [LB2], cached: "02:00:00:00:01:00" },
      undefined,
      "answered by lb2 (02:00:00:00:02:00); this host's cache has 02:00:00:00:01:00",
    ],
  ])("a VIP %s", (_name, changes, alarm, words) => {
    const text = shown({}, [view("192.168.60.100", changes), view("fd00:60::100")]);
    const line = text.split("\n").find((one) => one.startsWith("  192.168.60.100/32"));
    expect(line?.slice(line.indexOf("here")).slice(6)).toBe(words);
    const alarms = text.split("\n").filter((one) => one.startsWith("ALARM"));
    expect(alarms).toEqual(alarm === undefined ? [] : [`ALARM  ${alarm}`]);
  });

  test("what is wrong is told where it is", () => {
    const [instance] = SNAPSHOT.instances;
    const [peer] = SNAPSHOT.peers;
    const [service] = SNAPSHOT.services;
    if (!instance || !peer || !service) throw new Error("incomplete");
    const text = shown({
      instances: [
        { ...instance, state: "fault", faults: ["the interface is down"], master: undefined },
      ],
      peers: [
        {
          ...peer,
          alive: false,
          heardAgoMs: undefined,
          sameConfig: undefined,
          paths: peer.paths.map((path) => ({ ...path, heardAgoMs: undefined })),
        },
      ],
      services: [{ ...service, inKernel: false, rates: undefined }],
      foreignServices: ["tcp 10.0.0.1:80"],
      sync: {
        interface: "eth1",
        syncId: 51,
        wanted: ["backup"],
        running: [],
        resync: {
          last: undefined,
          lastAgoMs: undefined,
          runningMs: 300,
          learning: [{ instance: "web", from: "lb2", forMs: 1200 }],
        },
      },
      ipvs: { problem: "no ip_vs module", readAgoMs: undefined },
      discarded: { replayed: 3, own: 0 },
      repairs: [{ agoMs: 3000, what: "192.168.60.100 was put back on eth0" }],
      heartbeat: { ...SNAPSHOT.heartbeat, authenticated: false },
    });
    for (const words of [
      "  a pass runs since 300 ms",
      "  web learns the connections of lb2 since 1.2 s",
      "every 250 ms, not signed | configuration 00112233aabbccdd, unknown on lb2",
      "web: FAULT since",
      "  fault: the interface is down",
      "master: nobody",
      "lb2: silent, never heard\n  path 0  192.168.60.130 to 192.168.60.131  never heard\n",
      "services: no ip_vs module",
      "wlc, with web, not in the kernel",
      "  tcp 10.0.0.1:80  foreign, left alone",
      "wanted backup, running none",
      "refused datagrams\n  replayed  3\n",
      "repairs\n  3.0 s ago  192.168.60.100 was put back on eth0",
    ]) {
      expect(text).toContain(words);
    }
  });

  test.each([
    ["0.2.0", "runs baton 0.2.0, this director 0.1.0"],
    [undefined, "runs baton of a version that it does not tell, this director 0.1.0"],
  ])("a peer with version %s of the program", (baton, words) => {
    const peers = SNAPSHOT.peers.map((peer) => ({ ...peer, baton }));
    expect(shown({ peers })).toContain(`hears this director, ${words}\n`);
    expect(shown({ peers, baton: undefined })).not.toContain("runs baton");
    const heartbeat = { ...SNAPSHOT.heartbeat, transport: "vrrp" };
    expect(shown({ peers, heartbeat })).not.toContain("runs baton");
  });

  test("the last five of a long history", () => {
    const [one] = SNAPSHOT.history;
    if (!one) throw new Error("incomplete");
    const history = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ ...one, why: `cause ${n}`, agoMs: 9 - n }));
    const causes = shown({ history }).match(/cause \d/g);
    expect(causes).toEqual([3, 4, 5, 6, 7].map((n) => `cause ${n}`));
    expect(shown({ history: history.toReversed() }).match(/cause \d/g)).toEqual(causes);
  });
});

describe("gone", () => {
  const REMAINS: Remains = {
    configFile: "/etc/baton/baton.yaml",
    configProblem: undefined,
    pid: undefined,
    silentMs: undefined,
    notes: {
      director: "lb1",
      pid: 812,
      writtenAgoMs: 3200,
      lastAdvertAgoMs: 3150,
      instances: [{ name: "web", state: "master", sinceMs: 60_000, why: "baton started" }],
    },
    vips: [],
    peers: [],
    vipsHere: ["192.168.60.100/32 on eth0"],
    linksHere: ["vrrp.51, 00:00:5e:00:01:33"],
    services: ["tcp 192.168.60.100:80"],
    foreignServices: [],
    syncRoles: ["master"],
    ipvsProblem: undefined,
    tableKept: false,
  };
  const left = (changes: Partial<Remains>): string =>
    renderRemains({ ...REMAINS, ...changes }, [], plain).join("\n");

  test("a killed master", () => {
    expect(left({})).toBe(`\
baton is not running, and the daemon of lb1 left something behind.
  its last notes are of 3.2 s ago (pid 812), last heartbeat 3.1 s ago
  web: it was MASTER since 1 m 0 s ago: baton started

left behind
  VIP          192.168.60.100/32 on eth0
  virtual MAC  vrrp.51, 00:00:5e:00:01:33
  service      tcp 192.168.60.100:80, in the kernel's table
  sync daemon  role master
  \`baton release\` lets go of what baton added; \`baton run\` takes it over again.`);
  });

  const CLEAN = { vipsHere: [], linksHere: [], services: [], syncRoles: [], notes: undefined };

  test("nothing", () => {
    expect(
      left({ ...CLEAN, vips: [{ address: "192.168.60.100" as never, interface: "eth0" }] }),
    ).toBe("baton is not running, and left nothing behind.");
  });

  test("a daemon that hangs is not a dead one", () => {
    const text = left({ silentMs: 2000, pid: 812 });
    expect(text).toContain("The daemon of lb1 (pid 812) took the question and did not answer");
    expect(text).toContain("in the kernel\n");
    expect(text).toContain("does nothing while that process lives");
  });

  test("what could not be known is said", () => {
    const text = left({ ...CLEAN, configProblem: "no file", ipvsProblem: "no right" });
    expect(text).toContain("Not known: no file");
    expect(text).toContain("The IPVS table could not be read: no right");
    expect(text).toContain("nobody can tell which VIPs are baton's");
  });

  test("a table that is meant to stay is not left behind", () => {
    const kept = { ...REMAINS, ...CLEAN, services: ["tcp 192.168.60.100:80"], tableKept: true };
    expect(isAnythingLeft(kept)).toBe(false);
    expect(isAnythingLeft({ ...kept, tableKept: false })).toBe(true);
    expect(isAnythingLeft({ ...kept, syncRoles: ["backup"] })).toBe(true);
    expect(left(kept)).toContain("tcp 192.168.60.100:80, kept, as onStop says");
  });
});
