/** Drives a real IPVS table through os/ipvs and tells what ipvsadm sees of it. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BatonError } from "../../../src/base/errors.ts";
import { diffTable } from "../../../src/core/lvs/diff.ts";
import { diffDaemons } from "../../../src/core/syncd/diff.ts";
import type { DesiredService } from "../../../src/core/types.ts";
import { type Ipvs, openIpvs, type Refusal } from "../../../src/os/ipvs.ts";
import { describeCommand } from "../../../src/wire/ipvs/describe.ts";
import type { IpvsCommand, SyncDaemon } from "../../../src/wire/ipvs/types.ts";
import { errnoName } from "../../../src/wire/netlink/errno.ts";
import * as some from "../../support/ipvs.ts";
import { sourceHash } from "./hash.ts";
import { emit, main } from "./report.ts";

const SHARE = { table: "share", added: new Set<string>() } as const;
const OWN = { table: "own", added: new Set<string>() } as const;
const WITHOUT_ADMIN = "without-admin";

const ipvsadm = (...words: readonly string[]): readonly string[] =>
  execFileSync("ipvsadm", words, { encoding: "utf8" }).trimEnd().split("\n");

const inWords = (refusals: readonly Refusal[]): readonly string[] =>
  refusals.map(({ command, errno }) => `${describeCommand(command)}: ${errnoName(errno)}`);

const gue = { type: "gue", port: 5555, checksum: "full" } as const;
const gre = { type: "gre", port: 0, checksum: "remote" } as const;

/** Every kind of service and destination once. */
const EVERYTHING: readonly DesiredService[] = [
  {
    service: some.serviceAt("tcp", "10.0.0.1", 80, { scheduler: "wrr" }),
    destinations: [
      some.destinationAt("10.0.0.2", 80, { weight: 3 }),
      some.destinationAt("10.0.0.3", 8080, {
        forward: "nat",
        weight: 0,
        upperThreshold: 100,
        lowerThreshold: 10,
      }),
      some.destinationAt("10.0.0.4", 80, { forward: "tunnel" }),
      some.destinationAt("10.0.0.5", 80, { forward: "tunnel", tunnel: gue }),
      some.destinationAt("fd00::5", 80, { forward: "tunnel", tunnel: gre }),
    ],
  },
  {
    service: some.serviceAt("udp", "10.0.0.1", 53, { flags: 0x04, scheduler: "rr" }),
    destinations: [some.destinationAt("10.0.0.2", 53)],
  },
  {
    service: some.serviceAt("sctp", "10.0.0.1", 5060, {
      persistence: 60,
      netmask: "255.255.255.0",
    }),
    destinations: [some.destinationAt("10.0.0.2", 5060)],
  },
  {
    service: some.serviceAt("udp", "fd00::1", 5060, {
      scheduler: "sh",
      flags: 0x18,
      persistence: 360,
      netmask: "64",
      engine: "sip",
    }),
    destinations: [some.destinationAt("fd00::2", 5061, { forward: "nat" })],
  },
  {
    service: some.serviceAt("tcp", "fd00::1", 443),
    destinations: [some.destinationAt("fd00::2", 443), some.destinationAt("fd00::3", 443)],
  },
  {
    service: some.serviceOfMark(7, 4, { scheduler: "mh", flags: 0x08 }),
    destinations: [some.destinationAt("10.0.0.2", 0)],
  },
  {
    service: some.serviceOfMark(0xffffffff, 6, { persistence: 2678400 }),
    destinations: [some.destinationAt("fd00::2", 8080)],
  },
];

const daemon = (role: SyncDaemon["role"], settings: Partial<SyncDaemon> = {}): SyncDaemon => ({
  role,
  interface: "lo",
  syncId: 51,
  maxLength: undefined,
  group: undefined,
  port: undefined,
  ttl: undefined,
  ...settings,
});

async function everyKind(ipvs: Ipvs): Promise<void> {
  const refused = await ipvs.apply(diffTable(EVERYTHING, [], SHARE).commands);
  const again = diffTable(EVERYTHING, await ipvs.table(), SHARE);
  emit({ kind: "info", info: await ipvs.info(), ipvsadm: ipvsadm("-Ln")[0] });
  emit({
    kind: "everything",
    refused: inWords(refused),
    again: again.drift,
    saved: ipvsadm("-Sn"),
    thresholds: ipvsadm("-Ln", "--thresholds"),
  });
}

/** A table that somebody changed is repaired with as few commands as he used. */
async function repair(ipvs: Ipvs): Promise<void> {
  const before = ipvsadm("-Sn");
  ipvsadm("-e", "-t", "10.0.0.1:80", "-r", "10.0.0.2", "-g", "-w", "9");
  ipvsadm("-d", "-t", "[fd00::1]:443", "-r", "[fd00::3]:443");
  ipvsadm("-E", "-f", "7", "-s", "rr");
  ipvsadm("-D", "-u", "10.0.0.1:53");
  ipvsadm("-A", "-t", "10.9.9.9:99", "-s", "rr");
  const diff = diffTable(EVERYTHING, await ipvs.table(), SHARE);
  const refused = await ipvs.apply(diff.commands);
  const after = ipvsadm("-Sn");
  emit({
    kind: "repair",
    commands: diff.commands.map(describeCommand),
    drift: diff.drift,
    foreign: diff.foreign,
    refused: inWords(refused),
    left: after.filter((line) => !before.includes(line)),
    lost: before.filter((line) => !after.includes(line)),
  });
}

async function refusals(ipvs: Ipvs): Promise<void> {
  const web = some.serviceAt("tcp", "10.1.0.1", 80);
  const last = some.serviceAt("tcp", "10.1.0.2", 80);
  const absent = some.serviceAt("tcp", "10.1.0.9", 80).key;
  const server = some.destinationAt("10.0.0.2", 80);
  const commands: readonly IpvsCommand[] = [
    { kind: "addService", service: web },
    { kind: "addService", service: web },
    { kind: "addDestination", key: absent, destination: server },
    { kind: "editDestination", key: web.key, destination: server },
    { kind: "addService", service: { ...last, scheduler: "nosuch" } },
    { kind: "addDestination", key: web.key, destination: some.destinationAt("0.0.0.0", 80) },
    { kind: "removeService", key: absent },
    { kind: "addService", service: last },
  ];
  const found = await ipvs.apply(commands);
  const many = Array.from(
    { length: 1000 },
    (): IpvsCommand => ({ kind: "removeService", key: absent }),
  );
  const all = await ipvs.apply(many);
  emit({
    kind: "refusals",
    found: inWords(found),
    last: (await ipvs.service(last.key)) !== undefined,
    absent: (await ipvs.service(absent)) === undefined,
    noDestinations: await ipvs.destinations(absent),
    many: all.length,
  });
}

async function settings(ipvs: Ipvs): Promise<void> {
  const refused = [
    ...(await ipvs.apply([{ kind: "setTimeouts", timeouts: { tcp: 0, tcpFin: 20, udp: 30 } }])),
  ];
  const timeouts = { read: await ipvs.timeouts(), ipvsadm: ipvsadm("-Ln", "--timeout") };
  const group = some.ip("224.0.0.82");
  const desired = [
    daemon("master", { maxLength: 1000, group, port: 8850, ttl: 3 }),
    daemon("backup", { maxLength: 500, group: some.ip("ff02::81"), syncId: 0 }),
  ];
  refused.push(...(await ipvs.apply(diffDaemons(desired, await ipvs.daemons()))));
  const running = await ipvs.daemons();
  const listed = ipvsadm("-L", "--daemon");
  const changed = [daemon("master", { syncId: 52 })];
  const change = diffDaemons(changed, running);
  refused.push(...(await ipvs.apply(change)));
  emit({
    kind: "settings",
    refused: inWords(refused),
    timeouts,
    running,
    listed,
    again: diffDaemons(desired, running),
    change: change.map(describeCommand),
    changed: ipvsadm("-L", "--daemon"),
  });
  await ipvs.apply(diffDaemons([], await ipvs.daemons()));
}

/** Connections of this host's own client, through nat to a server on this host. */
async function counters(ipvs: Ipvs): Promise<void> {
  const service = some.serviceAt("tcp", "10.2.0.1", 80, { scheduler: "rr" });
  const server = createServer((socket) => socket.end("x".repeat(1000))).listen(8080, "127.0.0.1");
  await once(server, "listening");
  execFileSync("ip", ["addr", "add", "10.2.0.1/32", "dev", "lo"]);
  const destination = some.destinationAt("127.0.0.1", 8080, { forward: "nat" });
  await ipvs.apply([
    { kind: "addService", service },
    { kind: "addDestination", key: service.key, destination },
  ]);
  for (let i = 0; i < 20; i++) {
    const client = connect(80, "10.2.0.1");
    client.resume();
    await once(client, "close");
  }
  // The totals are gathered every two seconds.
  await sleep(2500);
  const read = await ipvs.service(service.key);
  const [first] = await ipvs.destinations(service.key);
  const listed = ipvsadm("-Ln", "--stats", "--exact", "-t", "10.2.0.1:80");
  await ipvs.apply([{ kind: "zero", key: service.key }]);
  const zeroed = await ipvs.service(service.key);
  server.close();
  emit({
    kind: "counters",
    service: inNumbers(read?.stats),
    destination: inNumbers(first?.stats),
    inactive: first?.inactiveConnections,
    listed,
    zeroed: inNumbers(zeroed?.stats),
  });
}

const inNumbers = (stats: object | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(stats ?? {}).map(([name, value]) => [name, Number(value)]));

const SERVICES = 1000;
const SERVERS = 10;

function manyServices(): readonly DesiredService[] {
  return Array.from({ length: SERVICES }, (_, i) => ({
    service: some.serviceAt("tcp", `10.10.${i >> 8}.${i & 255}`, 80),
    destinations: Array.from({ length: SERVERS }, (__, server) =>
      some.destinationAt(`10.20.${server}.${i & 255}`, 80, { weight: server }),
    ),
  }));
}

async function large(ipvs: Ipvs): Promise<void> {
  await ipvs.apply(diffTable([], await ipvs.table(), OWN).commands);
  const desired = manyServices();
  const empty = ipvsadm("-Sn").join("");
  const runs: number[] = [];
  const refused: string[] = [];
  for (let run = 0; run < 5; run++) {
    await ipvs.apply([{ kind: "flush" }]);
    const started = performance.now();
    refused.push(...inWords(await ipvs.apply(diffTable(desired, [], OWN).commands)));
    runs.push(Math.round(performance.now() - started));
  }
  const saved = ipvsadm("-Sn");
  const started = performance.now();
  const table = await ipvs.table();
  const read = performance.now();
  const again = diffTable(desired, table, OWN);
  const compared = performance.now();
  const removal = diffTable([], table, SHARE).foreign.length;
  const cleared = await ipvs.apply(diffTable([], table, OWN).commands);
  emit({
    kind: "large",
    empty,
    runs,
    refused,
    services: saved.filter((line) => line.startsWith("-A")).length,
    servers: saved.filter((line) => line.startsWith("-a")).length,
    again: again.commands.length,
    foreign: removal,
    cleared: cleared.length,
    left: (await ipvs.services()).length,
    ms: { read: Math.round(read - started), diff: Math.round(compared - read) },
  });
}

async function tryWithoutAdmin(): Promise<void> {
  try {
    await openIpvs();
    emit({ kind: "without-admin", code: "none" });
  } catch (error) {
    const { code, message } =
      error instanceof BatonError ? error : { code: "other", message: error };
    emit({ kind: "without-admin", code, message: String(message) });
  }
}

await main(async () => {
  if (process.argv[2] === WITHOUT_ADMIN) return tryWithoutAdmin();
  const ipvs = await openIpvs();
  const chapters = [everyKind, repair, refusals, counters, sourceHash, large, settings];
  for (const chapter of chapters) await chapter(ipvs);
  ipvs.close();
  const words = [
    "--bounding-set=-net_admin",
    process.execPath,
    process.argv[1] ?? "",
    WITHOUT_ADMIN,
  ];
  execFileSync("setpriv", words, { stdio: "inherit" });
});
