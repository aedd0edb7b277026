/** lvs.cf and ldirectord.cf to baton.yaml: every key, and what is particular about each. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { importTexts, type Result, refusal } from "./read.ts";

const read = (name: string): string =>
  readFileSync(new URL(`files/${name}`, import.meta.url), "utf8");
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.split("\n").flatMap((line) => /^\s*([a-z_0-9]+)\s/.exec(line)?.[1] ?? []));

const PIRANHA = (
  "service primary primary_private primary_shared backup_shared backup backup_private " +
  "backup_active serial_no reservation_conflict_action heartbeat heartbeat_port keepalive deadtime " +
  "rsh_command sync ipvsadm debug_level network nat_router nat_nmask active_cmd inactive_cmd " +
  "monitor_links hard_shutdown syncdaemon syncd_iface syncd_id tcp_timeout tcpfin_timeout " +
  "udp_timeout active address vip_nmask fwmark protocol port scheduler persistent pmask " +
  "sorry_server client_monitor send expect send_program use_regex timeout reentry load_monitor " +
  "quiesce_server start_cmd stop_cmd server weight nmask"
).split(" ");

/** Keywords of dropped lines, of blocks that were in force: those that somebody relied on, and the rest. */
function leftOut({ lines }: Result): readonly (readonly string[])[] {
  const dropped = lines.filter(
    ({ verdict, reasons }) =>
      verdict === "dropped" &&
      !/not active|belongs to failover|failover services/.test(reasons.join()),
  );
  return [true, false].map((matters) => [
    ...new Set(
      dropped
        .filter((line) => line.matters === matters)
        .map(({ origin }) => origin.text.split(" ")[0] ?? ""),
    ),
  ]);
}

describe("lvs.cf", () => {
  const text = read("lvs.cf");
  const one = importTexts({ "lvs.cf": text });

  test("has every key of Piranha, and none is unknown", () => {
    expect(PIRANHA.filter((key) => !wordsOf(text).has(key))).toEqual([]);
    expect(one.lines.filter(({ reasons }) => reasons.join().includes("unknown"))).toEqual([]);
  });

  test("has a place for every key but these", () => {
    expect(leftOut(one)).toEqual([
      ["primary_shared", "backup_shared", "reservation_conflict_action", "load_monitor"],
      [
        "serial_no",
        "heartbeat",
        "rsh_command",
        "sync",
        "ipvsadm",
        "debug_level",
        "hard_shutdown",
        "client_monitor",
        "nmask",
        "deadtime",
      ],
    ]);
  });

  test("names both directors, with both of their paths", () => {
    expect(one.config.directors).toMatchObject([
      {
        name: "primary",
        priority: 150,
        paths: [{ address: "192.168.60.130" }, { address: "10.99.0.130" }],
      },
      { name: "backup", priority: 100, paths: [{ address: "192.168.60.131" }, {}] },
    ]);
    expect(one.decisions).toEqual([]);
    expect(one.config.heartbeat).toMatchObject({ transport: "udp", interval: 2000, missed: 3 });
    expect(one.next[0]).toContain("openssl rand");
  });

  test("is the same from both hosts", () => {
    const pair = importTexts({ "lb1/lvs.cf": text, "lb2/lvs.cf": text });
    expect(pair.config).toEqual(one.config);
    expect(pair.lines).toHaveLength(2 * one.lines.length);
  });

  test("has its VIPs on the interfaces themselves", () => {
    expect(one.config.instances).toMatchObject([
      {
        interface: "eth0",
        preempt: { kind: "never" },
        vips: [
          { address: "192.168.60.100", prefix: 32, interface: "eth0" },
          { address: "192.168.60.101", prefix: 24, interface: "eth0" },
          { address: "10.99.0.100", prefix: 24, interface: "eth1" },
        ],
        notify: { master: ["/usr/local/sbin/role", "active"] },
      },
    ]);
    expect(one.config.connectionSync).toMatchObject({ interface: "eth1", syncId: 5 });
    expect(one.config.ipvs.timeouts).toEqual({ tcp: 900, tcpFin: 120, udp: 0 });
  });

  test("asks its servers as nanny did", () => {
    const { services, probes } = one.config;
    const [web, marked] = services;
    expect(services).toHaveLength(2);
    expect(web).toMatchObject({
      name: "web",
      service: { persistence: 300, netmask: "255.255.255.0", scheduler: "wlc" },
      servers: [{ address: "192.168.60.136", port: 80, weight: 2, forward: "dr" }],
      fallback: [{ address: "192.168.60.140", port: 80 }],
      checks: [[{ rise: 3, fall: 1 }]],
      health: { onFailure: "weight0" },
    });
    expect(probes[web?.checks[0]?.[0]?.probe ?? 0]).toMatchObject({
      interval: 6000,
      action: {
        kind: "dialogue",
        steps: [
          { kind: "send", text: "GET / HTTP/1.0\r\n\r\n" },
          { kind: "prefix", text: "HTTP" },
        ],
      },
    });
    expect(probes[marked?.checks[0]?.[0]?.probe ?? 0]?.action).toEqual({
      kind: "exec",
      command: ["/bin/sh", "-c", `test "$(/usr/local/bin/probe 192.168.60.138 443)" = 'OK'`],
      weightFromExit: false,
    });
  });

  test.each([
    ["server two", "dropped", "is not active"],
    ["address = 192.168.60.137", "dropped", "its block is not active"],
    ["silent", "dropped", "is not active"],
    ["failover", "dropped", "failover services are not taken"],
    ["stop_cmd", "dropped", "belongs to failover"],
    ["heartbeat_port", "changed", "8112"],
    ["load_monitor = uptime", "dropped", "no load moves a weight"],
    ["address = 192.168.60.100", "changed", "a label would make an alias"],
  ])("%s: %s", (line, verdict, why) => {
    const found = one.of(line);
    expect(found?.verdict).toBe(verdict);
    expect(found?.reasons.join()).toContain(why);
  });

  test("without a backup it is a director alone", () => {
    const alone = text.replace("backup_active = 1", "backup_active = 0");
    const { config, decisions } = importTexts({ "lvs.cf": alone });
    expect(config.directors.map(({ name }) => name)).toEqual(["primary"]);
    expect(decisions).toEqual([]);
  });

  test("names a VIP of nobody where a service listens on the director's own address", () => {
    const own = "primary = 10.0.0.1\nvirtual v {\n active = 1\n address = 10.0.0.1 eth0:1\n}\n";
    const { config, decisions, of, next } = importTexts({ "lvs.cf": `serial_no = 1\n${own}` });
    expect(config.instances.map(({ vips }) => vips.map((vip) => vip.address))).toEqual([
      ["192.0.2.100"],
    ]);
    expect(decisions).toContain("instances.vips.vips");
    expect(of("address")?.verdict).not.toBe("taken");
    expect(new Set(next).size).toBe(next.length);
  });

  test.each([
    ["a key without =", "primary 1.2.3.4\n", "lvs.cf:1:1: expected primary = VALUE"],
    ["an open block", "serial_no = 1\nvirtual a {\n", "lvs.cf:2:1: the block that begins here"],
    ["} too many", "serial_no = 1\n }\n", "lvs.cf:2:2: } closes no block"],
    ["an open quote", 'serial_no = "1\n', "lvs.cf:1:1: a quote is opened here"],
  ])("%s is refused at its place", (_, wrong, expected) => {
    expect(refusal({ "lvs.cf": wrong }, { format: "lvs.cf" })).toContain(expected);
  });
});

const LDIRECTORD = (
  "checktimeout negotiatetimeout checkinterval checkcount failurecount autoreload callback " +
  "fallback fallback6 fallbackcommand logfile emailalert emailalertfrom emailalertfreq " +
  "emailalertstatus smtp execute supervised fork quiescent readdquiescent cleanstop " +
  "maintenancedir virtual virtual6 real real6 checktype service checkcommand checkport request " +
  "receive httpmethod virtualhost login passwd database secret scheduler persistent netmask " +
  "protocol schedflags ops load servicename comment monitorfile"
).split(" ");

test.each([
  [
    "sorry_server = 127.0.0.1 with nat",
    "lvs.cf",
    "sorry_server = 192.168.60.140",
    "network = direct",
  ],
  ["fallback = 127.0.0.1 masq", "ldirectord.cf", "192.168.60.140:80 gate", ""],
])("%s is this director, by dr", (_, name, before, network) => {
  const text = read(name)
    .replace(before, before.replace("192.168.60.140", "127.0.0.1").replace("gate", "masq"))
    .replace(network || "no such", "network = nat");
  const { config, of } = importTexts({ [name]: text });
  expect(config.services[0]?.fallback).toMatchObject([{ address: "127.0.0.1", forward: "dr" }]);
  expect(of("127.0.0.1")?.verdict).toBe("changed");
});

describe("ldirectord.cf", () => {
  const text = read("ldirectord.cf");
  const one = importTexts({ "ldirectord.cf": text });
  const { services, probes } = one.config;
  const probeOf = (service: number): unknown =>
    probes[services[service]?.checks[0]?.[0]?.probe ?? 0];

  test("has every directive, and none is unknown", () => {
    expect(LDIRECTORD.filter((key) => !wordsOf(text).has(key))).toEqual([]);
    expect(one.lines.filter(({ reasons }) => reasons.join().includes("unknown"))).toEqual([]);
  });

  test("has a place for every directive but these", () => {
    expect(leftOut(one)).toEqual([
      [
        "callback",
        "execute",
        "maintenancedir",
        "service",
        "login",
        "passwd",
        "database",
        "request",
        "secret",
      ],
      [
        "autoreload",
        "fallback",
        "logfile",
        "supervised",
        "fork",
        "readdquiescent",
        "comment",
        "monitorfile",
        "load",
      ],
    ]);
  });

  test("says nothing of directors and interfaces: they are to be decided", () => {
    expect(one.decisions).toEqual([
      "instances.vips.interface",
      "directors.lb1.address",
      "directors.lb2.address",
    ]);
    expect(one.config.instances[0]?.vips.map(({ address }) => address)).toEqual([
      "192.168.60.100",
      "192.168.60.101",
      "fd00:60::100",
    ]);
  });

  test("ranges, weights, thresholds and fallbacks", () => {
    expect(services[0]).toMatchObject({
      name: "Web",
      service: { scheduler: "wlc", persistence: 300, netmask: "255.255.255.0" },
      servers: [
        { address: "192.168.60.136", forward: "dr", weight: 2 },
        { address: "192.168.60.137", weight: 2 },
        { address: "192.168.60.138", weight: 2 },
        { address: "192.168.60.139", weight: 1, lowerThreshold: 10, upperThreshold: 100 },
      ],
      fallback: [{ address: "192.168.60.140", forward: "dr" }],
      health: {
        onFailure: "weight0",
        onQuorum: { down: ["/usr/local/bin/empty", "start"] },
      },
      checks: [[{ rise: 1, fall: 2 }], [{}], [{}], [{}]],
    });
    expect(services[1]).toMatchObject({
      fallback: [{ address: "fd00:60::140", forward: "nat" }],
      servers: [{ address: "fd00:60::136", forward: "nat" }],
    });
    expect(services[2]).toMatchObject({ service: { key: { kind: "mark", mark: 7 }, flags: 0x10 } });
  });

  test("asks its servers as ldirectord did", () => {
    expect(probeOf(0)).toMatchObject({
      interval: 4000,
      timeout: 5000,
      target: { port: 8080 },
      action: {
        kind: "http",
        path: "/healthz",
        host: "www.example.net",
        match: { kind: "regex", text: "all well" },
        redirects: 5,
      },
    });
    const own = services[0]?.checks[3]?.[0]?.probe ?? 0;
    expect(probes[own]?.action).toMatchObject({ path: "/alive", match: { text: "yes" } });
    expect(probeOf(1)).toMatchObject({ timeout: 3000, action: { kind: "tcp" } });
    expect(probeOf(2)).toMatchObject({
      action: { command: ["/usr/local/bin/probe", "7", "0", "192.168.60.136", "0"] },
    });
    expect(probeOf(3)).toMatchObject({ action: { kind: "tcp" } });
    expect(one.of("service = mysql")).toMatchObject({ verdict: "dropped", matters: true });
  });

  test("shows no password", () => {
    expect(one.yaml + JSON.stringify(one.lines)).not.toMatch(/hush|watch/);
  });

  test.each([
    ["no KEY = VALUE", "checkinterval 5\n", "ldirectord.cf:1:1: expected KEY = VALUE"],
    ["a virtual's line without one", "   \tscheduler = rr\n", "ldirectord.cf:1:5: is indented"],
  ])("%s is refused at its place", (_, wrong, expected) => {
    expect(refusal({ "ldirectord.cf": wrong }, { format: "ldirectord.cf" })).toContain(expected);
  });

  test("files of two formats are not of one pair", () => {
    const texts = { "lvs.cf": read("lvs.cf"), "ldirectord.cf": text };
    expect(refusal(texts)).toBe(
      "ldirectord.cf:1:1: is of ldirectord.cf, and lvs.cf of lvs.cf: import each for itself",
    );
  });
});
