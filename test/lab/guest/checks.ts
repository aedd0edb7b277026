/** The story of checked servers: one dies with its connections, comes back, is drained, taken out. */
import { clock, eventually, sleep } from "../../support/process.ts";
import { batonFile } from "../../support/programs.ts";
import { startTraffic } from "../../support/traffic.ts";
import {
  buildPair,
  configText,
  type DirectorName,
  failover,
  ipvsadm,
  type Pair,
  rootOf,
  startBoth,
} from "./pair.ts";
import { emit, main } from "./report.ts";
import { DIRECTORS, SERVICE_PORT, serverAddress, VIP } from "./topology.ts";

const CHECK = "{ type: tcp, interval: 500ms, timeout: 500ms, fall: 1, rise: 1 }";
/** Unchecked, and of somebody else: nothing in this story may touch them. */
const EXTRA = `  extra: { listen: "udp ${VIP}:53", servers: [192.168.60.136:53] }\n`;
/** What has ended is forgotten soon, also by who was backup then and was not told of the end. */
const SOON = "ipvs: { timeouts: { tcp: 10s, tcpFin: 2s } }\n";
const FOREIGN = ["-A", "-t", "10.9.9.9:99", "-s", "rr"] as const;
const LIMIT = { timeout: 30_000, interval: 20 };
const HELD = 20;
const EVERY_MS = 100;
const RS1 = `${serverAddress("rs1")}:${SERVICE_PORT}`;
const RS2 = `${serverAddress("rs2")}:${SERVICE_PORT}`;

/** `ADDRESS:PORT WEIGHT` of the http service. */
async function table(pair: Pair, host: DirectorName): Promise<readonly string[]> {
  const text = await ipvsadm(pair, host, "-Sn");
  return text.split("\n").flatMap((line) => {
    const [, server, weight] = /^-a -t \S+:80 -r (\S+) .*-w (\d+)/.exec(line) ?? [];
    return server === undefined ? [] : [`${server} ${weight}`];
  });
}

const holds = (pair: Pair, wanted: readonly string[]): Promise<boolean> =>
  eventually(
    `the tables hold ${wanted.join(", ") || "nobody"}`,
    async () => {
      const both = await Promise.all(DIRECTORS.map((host) => table(pair, host)));
      return both.every((one) => one.toSorted().join() === wanted.toSorted().join());
    },
    LIMIT,
  );

/** Connections that a server was given so far. */
async function given(pair: Pair, server: string): Promise<number> {
  const text = await ipvsadm(pair, "lb1", "-Ln", "--stats", "--exact");
  const line = text.split("\n").find((one) => one.includes(`-> ${server}`)) ?? "";
  return Number(line.trim().split(/\s+/)[2]);
}

async function begin(pair: Pair): Promise<void> {
  await startBoth(pair);
  await ipvsadm(pair, "lb1", ...FOREIGN);
  await holds(pair, [`${RS1} 1`, `${RS2} 1`]);
  const [service] = (await pair.status("lb1")).services;
  const sysctls = await pair.network.must("lb1", [
    "sysctl",
    "-n",
    "net.ipv4.vs.expire_nodest_conn",
    "net.ipv4.vs.expire_quiescent_template",
  ]);
  emit({ kind: "begin", servers: service?.servers.map(({ health }) => health), sysctls });
}

/** rs1 is cut off: neither refusals nor resets come from it. */
async function death(pair: Pair): Promise<void> {
  const options = { address: VIP, port: SERVICE_PORT, held: HELD, interval: EVERY_MS };
  const clients = await startTraffic(pair.network, "client", options);
  const before = { rs2: await given(pair, RS2) };
  const died = clock();
  pair.network.cut("rs1");
  const out = async (): Promise<boolean> => (await table(pair, "lb1")).join() === `${RS2} 1`;
  await eventually("rs1 leaves the table", out, { timeout: 30_000, interval: 5 });
  const removed = clock();
  await sleep(3000);
  const { held, short } = await clients.stop();
  const [service] = (await pair.status("lb1")).services;
  emit({
    kind: "death",
    removedAfter: Math.round(removed - died),
    held: held.map(({ server, lost }) => ({
      server,
      lost: lost && { why: lost.why, after: Math.round(lost.at - removed) },
    })),
    // New connections that began when it was out.
    later: short.filter(({ at }) => at > removed),
    before,
    after: { rs2: await given(pair, RS2) },
    table: await ipvsadm(pair, "lb1", "-Sn"),
    alarms: (await pair.status("lb1")).alarms,
    server: service?.servers[0]?.health,
    log: pair.output("lb1"),
  });
}

async function returning(pair: Pair): Promise<void> {
  pair.network.heal("rs1");
  await holds(pair, [`${RS1} 1`, `${RS2} 1`]);
  emit({ kind: "returning", rs2: await given(pair, RS2) });
}

/** The command line on a director. */
const baton = (pair: Pair, ...words: readonly string[]): Promise<string> =>
  batonOn(pair, "lb1", words);

async function batonOn(pair: Pair, host: DirectorName, words: readonly string[]): Promise<string> {
  const argv = [process.execPath, batonFile(), "--root", rootOf(host), ...words];
  const { stdout, stderr } = await pair.network.exec(host, argv);
  return `${stdout}${stderr}`;
}

/** rs1 is drained while it serves: connections go on, new ones go elsewhere, both remember. */
async function drain(pair: Pair): Promise<void> {
  const options = { address: VIP, port: SERVICE_PORT, held: HELD, interval: EVERY_MS };
  const clients = await startTraffic(pair.network, "client", options);
  const said = await baton(pair, "drain", RS1, "--for", "1h", "--reason", "new disks");
  await holds(pair, [`${RS1} 0`, `${RS2} 1`]);
  const drained = clock();
  const reply = await failover(pair, "lb1");
  await pair.settled("lb2");
  await sleep(1000);
  const tables = await Promise.all(DIRECTORS.map((host) => table(pair, host)));
  const { held, short } = await clients.stop();
  const [service] = (await pair.status("lb2")).services;
  emit({
    kind: "drain",
    said,
    reply,
    tables,
    held: held.map(({ server, lost }) => ({ server, lost })),
    later: short.filter(({ at }) => at > drained),
    server: service?.servers[0]?.health,
  });
  await baton(pair, "resume");
  await pair.kill("lb1");
  await pair.start("lb1");
  await sleep(1500);
  const restarted = await table(pair, "lb1");
  const enabled = await baton(pair, "enable", RS1);
  await holds(pair, [`${RS1} 1`, `${RS2} 1`]);
  emit({ kind: "enabled", restarted, enabled });
}

/** The master alone can not reach the servers: it is not they that are at fault. */
async function local(pair: Pair): Promise<void> {
  const clients = { address: VIP, port: SERVICE_PORT, held: 0, interval: EVERY_MS };
  const servers = [RS1, RS2].map((server) => server.split(":")[0]);
  for (const server of servers) await pair.network.ip("lb2", `route add blackhole ${server}`);
  const began = clock();
  await pair.settled("lb1");
  const took = Math.round(clock() - began);
  const after = await startTraffic(pair.network, "client", clients);
  await sleep(1500);
  const { short } = await after.stop();
  const status = await pair.status("lb2");
  emit({
    kind: "local",
    took,
    why: status.instances[0]?.why,
    tables: await Promise.all(DIRECTORS.map((host) => table(pair, host))),
    failed: short.filter(({ error }) => error),
    served: short.length,
    alarms: status.alarms,
  });
  for (const server of servers) await pair.network.ip("lb2", `route del blackhole ${server}`);
  await holds(pair, [`${RS1} 1`, `${RS2} 1`]);
}

const FILE = configText({ variant: "dr", check: CHECK, more: EXTRA + SOON });
const WITHOUT = FILE.replace(`servers: [${RS1}, ${RS2}]`, `servers: [${RS2}]\n    removal: drain`);

/** rs1 is taken out of the file: it drains, over a restart too, and serves when it is there again. */
async function removal(pair: Pair): Promise<void> {
  const options = { address: VIP, port: SERVICE_PORT, held: HELD, interval: EVERY_MS };
  const clients = await startTraffic(pair.network, "client", options);
  pair.configure(WITHOUT);
  const plan = await baton(pair, "plan");
  for (const host of DIRECTORS) await batonOn(pair, host, ["reload"]);
  await holds(pair, [`${RS1} 0`, `${RS2} 1`]);
  const removed = clock();
  const enabled = await baton(pair, "enable", RS1);
  await pair.killAfterBeat("lb1");
  await pair.start("lb1");
  await holds(pair, [`${RS1} 0`, `${RS2} 1`]);
  const [master = "lb1"] = await pair.holders();
  const [service] = (await pair.status(master)).services;
  const { held, short } = await clients.stop();
  const stopped = clock();
  const isGone = async (): Promise<boolean> => (await table(pair, master)).join() === `${RS2} 1`;
  await eventually("rs1 has left the table", isGone, LIMIT);
  emit({
    kind: "removal",
    plan,
    enabled,
    left: service?.servers.map(({ health }) => health.state),
    held: held.map(({ server, lost }) => ({ server, lost })),
    later: short.filter(({ at }) => at > removed),
    goneAfter: Math.round(clock() - stopped),
  });
  pair.configure(FILE);
  for (const host of DIRECTORS) await batonOn(pair, host, ["reload"]);
  await holds(pair, [`${RS1} 1`, `${RS2} 1`]);
  emit({ kind: "back" });
}

await main(async () => {
  const pair = await buildPair("dr", { check: CHECK, more: EXTRA + SOON });
  try {
    for (const chapter of [begin, death, returning, drain, local, removal]) {
      const started = performance.now();
      await chapter(pair);
      emit({ kind: "time", chapter: chapter.name, ms: Math.round(performance.now() - started) });
    }
  } catch (error) {
    for (const host of DIRECTORS) console.log(host, pair.output(host));
    throw error;
  }
  await pair.network.close();
});
