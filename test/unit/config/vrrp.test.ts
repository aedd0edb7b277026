/** The rules of the vrrp transport: what both ends have to agree on, and what a packet can hold. */
import { describe, expect, test } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { formatProblem } from "../../../src/config/report.ts";
import type { Config } from "../../../src/config/types.ts";

interface Changes {
  readonly heartbeat?: object;
  readonly web?: object;
  readonly more?: object;
  readonly file?: object;
}

const fileOf = ({ heartbeat, web, more, file }: Changes): string =>
  JSON.stringify({
    directors: {
      lb1: { address: "192.168.60.130", priority: 150 },
      lb2: { address: "192.168.60.131" },
    },
    heartbeat: { transport: "vrrp", ...heartbeat },
    instances: {
      web: { routerId: 51, interface: "eth0", vips: ["192.168.60.100"], ...web },
      ...more,
    },
    ...file,
  });

const reportsOf = (changes: Changes): readonly string[] =>
  parse(fileOf(changes)).problems.map((one) => formatProblem(one, "f").replace(/^f:[\d:]+ /, ""));

const errorsOf = (changes: Changes): readonly string[] =>
  reportsOf(changes).filter((report) => report.startsWith("error"));

function configOf(changes: Changes): Config {
  const loaded = parse(fileOf(changes));
  if (loaded.kind !== "valid") throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

test("needs nothing else, and says that nobody signs", () => {
  expect(reportsOf({})).toEqual([
    "note: heartbeat.transport: VRRP is not authenticated: any host on the segment can end a master",
  ]);
  const { heartbeat, instances, announce } = configOf({});
  expect(heartbeat.interval).toBe(1000);
  expect(announce.refresh).toBe(1000);
  expect(instances[0]?.vrrp).toEqual({
    version: 3,
    family: 4,
    unicast: false,
    group: "224.0.0.18",
    sources: {},
    passwordFile: undefined,
    checksumAsV2: false,
    minTtl: 255,
    peers: {},
    advertised: ["192.168.60.100"],
  });
});

test("an instance's own word goes before the pair's", () => {
  const heartbeat = { vrrp: { version: 2, unicast: true } };
  const [web] = configOf({ heartbeat, web: { vrrp: { unicast: false } } }).instances;
  expect(web?.vrrp).toMatchObject({ version: 2, unicast: false });
});

test("an instance's interval is its own, or the pair's", () => {
  const more = { mail: { routerId: 52, interface: "eth0", vips: ["192.168.60.101"] } };
  const { heartbeat, instances } = configOf({ web: { interval: "3s" }, more });
  expect([heartbeat, ...instances].map(({ interval }) => interval)).toEqual([1000, 3000, 1000]);
  expect(reportsOf({ web: { interval: "50ms" } })).toContain(
    "note: instances.web.interval: 150ms of silence end a master: neither host may be short of CPU",
  );
});

test("announces seldom enough for a switch that counts", () => {
  const vips = Array.from({ length: 50 }, (_, i) => `10.1.1.${i + 1}`);
  expect(configOf({ web: { vips } }).announce.refresh).toBe(5000);
});

describe("what is in the advertisement", () => {
  test("all of the first one's family that is not excluded, in the order of the file", () => {
    const vips = ["10.0.0.2", { address: "10.0.0.3", excluded: true }, "fd00::1", "10.0.0.1"];
    expect(configOf({ web: { vips } }).instances[0]?.vrrp?.advertised).toEqual([
      "10.0.0.2",
      "10.0.0.1",
    ]);
    expect(reportsOf({ web: { vips } })).toContain(
      "warning: instances.web.vips: fd00::1 is not of the first VIP's family: it is excluded from " +
        "the advertisement, and must be excluded on the other end",
    );
  });

  test.each([
    [["10.0.0.1", "fd00::1"], 4, "224.0.0.18"],
    [["fe80::1", "fd00::1"], 6, "ff02::12"],
    [[{ address: "10.0.0.1", excluded: true }, "fd00::1"], 6, "ff02::12"],
  ])("%j", (vips, family, group) => {
    expect(configOf({ web: { vips } }).instances[0]?.vrrp).toMatchObject({ family, group });
  });
});

const many = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `10.1.${i >> 8}.${i & 255}`);

test.each([
  [
    { heartbeat: { interval: "1500ms", vrrp: { version: 2 } } },
    "heartbeat.interval: web speaks version 2, which counts seconds: 1.5s is none\n" +
      "    Write 1s, or speak version 3.",
  ],
  [
    { heartbeat: { interval: "255ms" } },
    "heartbeat.interval: 255ms is not a multiple of 10ms up to 40.95s, as version 3 counts",
  ],
  [
    { heartbeat: { interval: "50s" } },
    "heartbeat.interval: 50s is not a multiple of 10ms up to 40.95s, as version 3 counts",
  ],
  [
    { heartbeat: { vrrp: { version: 2 } }, web: { interval: "2500ms" } },
    "instances.web.interval: web speaks version 2, which counts seconds: 2.5s is none\n" +
      "    Write 1s, or speak version 3.",
  ],
  [
    { web: { interval: "41s" } },
    "instances.web.interval: 41s is not a multiple of 10ms up to 40.95s, as version 3 counts",
  ],
  [
    { heartbeat: { vrrp: { version: 2 } }, web: { vips: ["fd00::1"] } },
    "instances.web: version 2 knows IPv4 alone, and the first VIP here is an IPv6 address\n" +
      "    Write version 3 for it.",
  ],
  [
    { heartbeat: { vrrp: { passwordFile: "/x" } } },
    "instances.web: has a passwordFile: version 3 has no password\n" +
      "    Leave it out, or speak version 2.",
  ],
  [
    { heartbeat: { secretFile: "/x" } },
    "heartbeat.secretFile: signs the datagrams of the udp transport: VRRP has no signature\n" +
      "    Leave it out.",
  ],
  [
    { heartbeat: { multicast: "239.1.1.1" } },
    "heartbeat.multicast: is the group of the udp transport\n" +
      "    Write vrrp.group4 or vrrp.group6; without them it is the RFC's.",
  ],
  [
    { more: { other: { routerId: 51, interface: "eth0", vips: ["10.8.8.8"] } } },
    "instances.other.routerId: 51 is the router id of web too, on eth0 over IPv4",
  ],
  [
    { web: { vips: [{ address: "10.0.0.1", excluded: true }] } },
    "instances.web.vips: all are excluded: an advertisement names one at least",
  ],
  [
    { web: { vips: many(256) } },
    "instances.web.vips: 256 addresses do not fit a packet, 255 do\n" +
      "    Write { address, excluded: true } for the others, on both ends.",
  ],
  [
    { heartbeat: { vrrp: { unicast: true } }, web: { vips: ["fd00::1"] } },
    "directors.lb1: has no IPv6 address that web could be sent to",
  ],
  [
    { web: { sources: { lb3: "10.0.0.1" } } },
    "instances.web.sources.lb3: there is no director lb3: did you mean lb1?",
  ],
  [
    { web: { sources: { lb1: "fd00::1" } } },
    "instances.web.sources.lb1: fd00::1 is not of the first VIP's family, IPv4",
  ],
  [
    { web: { sources: { lb1: "192.168.60.100" } } },
    "instances.web.sources.lb1: 192.168.60.100 is a VIP: a backup does not have it, and speaks " +
      "from nowhere\n    Write an address that stays, or leave sources out.",
  ],
  [
    { heartbeat: { vrrp: { unicast: true, peers: { lb2: { minTtl: 250, maxTtl: 64 } } } } },
    "instances.web.vrrp.peers.lb2: minTtl 250 is more than maxTtl 64: nothing would be heard of " +
      "lb2\n    Write minTtl: 64 or less, or leave maxTtl out.",
  ],
  [
    { web: { vrrp: { unicast: true, peers: { lb3: {} } } } },
    "instances.web.vrrp.peers.lb3: there is no director lb3: did you mean lb1?",
  ],
  [
    { web: { vips: [{ address: "10.0.0.1", broadcast: "10.0.0.255" }] } },
    "instances.web.vips[0]: 10.0.0.1/32 has no network whose broadcast 10.0.0.255 could be\n" +
      "    Leave broadcast out, or write the prefix.",
  ],
  [
    { web: { routes: [{ to: "10.0.0.0/8" }] } },
    "instances.web.routes[0]: names neither via nor interface: there is no way to go",
  ],
  [
    { web: { routes: [{ to: "default", interface: "eth0" }] } },
    "instances.web.routes[0]: says nothing of its family: write a network, via or source, or " +
      "family of a rule",
  ],
  [
    { web: { rules: [{ from: "10.0.0.0/8", to: "fd00::/8", table: 1, priority: 1 }] } },
    "instances.web.rules[0]: has addresses of both families: a route or a rule is of one",
  ],
  [{ web: { track: ["nobody"] } }, "instances.web.track[0]: there is no track nobody"],
  [
    { file: { tracks: { both: { file: "/x", process: "y" } } } },
    "tracks.both: names file, process: write one of interface, script, file or process",
  ],
  [
    { file: { tracks: { none: {} } } },
    "tracks.none: names nothing: write one of interface, script, file or process",
  ],
  [
    { file: { tracks: { empty: { script: [] } } } },
    "tracks.empty.script: is an empty list: there is nothing to run",
  ],
  [
    { heartbeat: { transport: "udp", secretFile: "/x" }, web: { group: "all" } },
    "instances.web.group: groups belong to the vrrp transport\n" +
      "    Put the VIPs into one instance, { address, interface } each: they move together then.",
  ],
  [
    { heartbeat: { transport: "udp", interval: "10ms", secretFile: "/x" } },
    "heartbeat.interval: 10ms is less than 20ms, the least there is on udp",
  ],
])("%j is refused", (changes, report) => {
  expect(errorsOf(changes)).toContain(`error: ${report}`);
});

test("the same router id on another interface, or in the other family, is another router", () => {
  const more = {
    a: { routerId: 51, interface: "eth1", vips: ["10.8.8.8"] },
    b: { routerId: 51, interface: "eth0", vips: ["fd00::8"] },
  };
  expect(errorsOf({ more })).toEqual([]);
});

test("hops of each peer: its own limits, those of all, 255", () => {
  const peers = { lb1: { maxTtl: 64 }, lb2: { minTtl: 250 } };
  const vrrp = { unicast: true, minTtl: 60, peers };
  expect(configOf({ web: { vrrp } }).instances[0]?.vrrp?.peers).toEqual({
    lb1: { min: 60, max: 64 },
    lb2: { min: 250, max: 255 },
  });
  expect(reportsOf({ web: { vrrp: { peers } } })).toContain(
    "warning: instances.web.vrrp: minTtl and peers count in unicast alone: multicast has 255 hops " +
      "left, or is refused\n    Leave them out.",
  );
});

test.each([
  [{ version: 2 }, {}, "version 2"],
  [{}, { vips: ["fd00::1"] }, "IPv6"],
])("checksumAsV2 beside %j, %j does nothing, and says so", (more, web, how) => {
  const vrrp = { checksumAsV2: true, ...more };
  expect(reportsOf({ heartbeat: { vrrp }, web })).toContain(
    `note: instances.web.vrrp: checksumAsV2 does nothing to web: it speaks ${how}\n` +
      "    Leave it out.",
  );
  expect(reportsOf({ heartbeat: { vrrp: { checksumAsV2: true } } }).join()).not.toContain(
    "nothing",
  );
});

test("an owner has to speak from another address than the one that it owns", () => {
  const web = { vips: ["192.168.60.130"], priorities: { lb1: 255 } };
  expect(reportsOf({ web })).toContain(
    "warning: instances.web.priorities.lb1: whoever holds the owner's address drops what comes " +
      "from it: two masters when it returns\n    Give lb1 another address there, and write it as " +
      "its source; or set accept_local=1 on the other's interface.",
  );
  expect(reportsOf({ web: { ...web, sources: { lb1: "192.168.60.13" } } })).toHaveLength(1);
});

test("a group of one is warned of", () => {
  expect(reportsOf({ web: { group: "all" } })).toContain(
    "warning: instances.web.group: web is alone in the group all",
  );
});

test("what the file says of a group is for instances that are in it, and counts once", () => {
  const mail = { routerId: 52, interface: "eth0", vips: ["192.168.60.101"], group: "all" };
  const file = { tracks: { up: { interface: "eth7" } }, groups: { all: { track: ["up"] } } };
  const config = configOf({ web: { group: "all" }, more: { mail }, file });
  expect(config.groups).toMatchObject([
    { name: "all", tracks: [{ track: "up", weight: 0, reverse: false }] },
  ]);
  const twice = { web: { group: "all", track: ["up"] }, more: { mail }, file };
  expect(errorsOf(twice)).toEqual([
    "error: instances.web.track[0]: up is tracked by the group all already\n    Leave it out.",
  ]);
  const lost = { ...file, groups: { al: {} } };
  expect(reportsOf({ web: { group: "all" }, more: { mail }, file: lost })).toContain(
    "warning: groups.al: no instance is in the group al: did you mean all?\n" +
      "    Write `group: al` in its instances.",
  );
});

describe("a virtual MAC", () => {
  const mail = { routerId: 52, interface: "eth0", vips: ["fd00::1"], vmac: true };

  test("is the router's, on a link that is named by it; the VIPs stand there", () => {
    const own = { address: "10.0.0.9", interface: "eth3" };
    const config = configOf({ web: { vmac: true, vips: ["10.0.0.1", own] }, more: { mail } });
    const [web, second] = config.instances;
    expect(web?.vrrp?.vmac).toEqual({
      interface: "vrrp.51",
      mac: "00:00:5e:00:01:33",
      advertsFromBase: false,
    });
    expect(web?.interface).toBe("eth0");
    expect(web?.vips.map((vip) => vip.interface)).toEqual(["vrrp.51", "eth3"]);
    expect(second?.vrrp?.vmac?.mac).toBe("00:00:5e:00:02:34");
  });

  test("has a name of the operator's choice", () => {
    const vmac = { interface: "web0", advertsFromBase: true };
    const [web] = configOf({ web: { vmac } }).instances;
    expect(web?.vrrp?.vmac).toMatchObject({ interface: "web0", advertsFromBase: true });
    expect(configOf({}).instances[0]?.vrrp?.vmac).toBeUndefined();
  });

  const RENAME =
    "    Write `vmac: { interface: NAME }` with another name, of 15 characters at most.";

  test.each<[Changes, string]>([
    [
      { web: { vmac: true }, more: { mail: { ...mail, routerId: 51 } } },
      `error: instances.mail.vmac: vrrp.51 is the macvlan of web too\n${RENAME}`,
    ],
    [
      { web: { vmac: { interface: "eth0" } } },
      `error: instances.web.vmac: eth0 is an interface that is there already\n${RENAME}`,
    ],
    [
      {
        web: { vmac: true, vips: ["192.168.60.130"], priorities: { lb1: 255 } },
      },
      "error: instances.web.vmac: an owner (priority 255) has the VIP on its interface, which has " +
        "another MAC\n    Leave vmac out, or give it 254 at most.",
    ],
    [
      { heartbeat: { vrrp: { unicast: true } }, web: { vmac: true } },
      "note: instances.web.vmac: unicast advertisements leave with the interface's own MAC",
    ],
  ])("%j", (changes, report) => {
    expect(reportsOf(changes)).toContain(report);
  });
});
