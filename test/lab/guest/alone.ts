/** One director and its kernel: a large table, and a kernel that loses IPVS or never had it. */
import { writeFileSync } from "node:fs";
import { openIpvs } from "../../../src/os/ipvs.ts";
import { eventually, must, type Running, run } from "../../support/process.ts";
import {
  buildPair,
  configText,
  counted,
  INTERVAL_MS,
  ipvsadm,
  type Pair,
  syncRoles,
} from "./pair.ts";
import { emit, main } from "./report.ts";
import { survive } from "./survival.ts";
import { VIP } from "./topology.ts";

const SERVICES = 1000;
const SERVERS = 10;
const FIRST_PORT = 10_000;
const LIMIT_MS = 60_000;
const MODPROBE = "/proc/sys/kernel/modprobe";

const servers = Array.from({ length: SERVERS }, (_, i) => `10.20.0.${i + 1}`).join(", ");
const manyServices = Array.from({ length: SERVICES }, (_, i) => {
  return `  many-${i}: { listen: "tcp ${VIP}:${FIRST_PORT + i}", servers: [${servers}] }`;
}).join("\n");

/** Destinations of the many services, as the kernel lists them. */
async function destinations(pair: Pair): Promise<number> {
  const text = await ipvsadm(pair, "lb1", "-Sn");
  return text.split("\n").filter((line) => /^-a .*:1\d{4} .*10\.20\.0/.test(line)).length;
}

const complete = async (pair: Pair): Promise<number> => {
  const started = performance.now();
  const all = async (): Promise<boolean> => (await destinations(pair)) === SERVICES * SERVERS;
  await eventually("the table is complete", all, { timeout: LIMIT_MS, interval: 50 });
  return Math.round(performance.now() - started);
};

async function large(pair: Pair): Promise<void> {
  pair.configure(configText({ variant: "dr", more: `${manyServices}\n` }));
  const daemon = pair.launch("lb1");
  // The service of every file comes first: from then on it is the kernel's and the codec's time.
  const first = async (): Promise<boolean> => (await ipvsadm(pair, "lb1", "-Sn")).length > 0;
  await eventually("the first service is there", first, { timeout: LIMIT_MS, interval: 10 });
  const filled = await complete(pair);
  await pair.settled("lb1");
  await ipvsadm(pair, "lb1", "-C");
  const mended = await complete(pair);
  const { repairs, loop } = await pair.status("lb1");
  await stop(daemon);
  const trouble = /IPVS: .*/.exec(pair.output("lb1"))?.[0];
  const roles = await syncRoles(pair, "lb1");
  emit({
    kind: "large",
    filled,
    mended,
    told: repairs.map(({ what }) => what),
    loop,
    roles,
    trouble,
  });
}

async function stop(daemon: Running): Promise<void> {
  daemon.kill("SIGTERM");
  await daemon.ended;
}

/** A new process in time; intervals that leave Node twice its time to start in a busy guest. */
const LONG_INTERVAL_MS = 4 * INTERVAL_MS;

async function adoption(pair: Pair): Promise<void> {
  pair.configure(configText({ variant: "dr", interval: LONG_INTERVAL_MS }));
  await pair.start("lb1");
  const found = await survive(pair, async () => {
    const before = await counted(pair, "lb1");
    await pair.killAfterBeat("lb1");
    await pair.start("lb1");
    const why = (await pair.status("lb1")).instances[0]?.why;
    return { before, after: await counted(pair, "lb1"), why };
  });
  emit({ kind: "adoption", ...found, holders: await pair.holders() });
  await pair.stop("lb1");
}

/** Another service, another server, another scheduler, while clients hold connections. */
async function reload(pair: Pair): Promise<void> {
  pair.configure(configText({ variant: "dr" }));
  await pair.start("lb1");
  const more = `  other: { listen: "tcp ${VIP}:8080", servers: ["10.20.0.1"] }\n`;
  const text = configText({ variant: "dr", more }).replace("scheduler: rr", "scheduler: wlc");
  const found = await survive(pair, async () => {
    const before = await counted(pair, "lb1");
    pair.configure(text);
    const reply = await pair.command("lb1", "/v1/reload");
    await eventually("the table is the new one", async () => {
      const table = await ipvsadm(pair, "lb1", "-Sn");
      return /:8080 /.test(table) && /:80 -s wlc/.test(table);
    });
    return { reply, before, after: await counted(pair, "lb1") };
  });
  const { repairs, history } = await pair.status("lb1");
  const states = history.map(({ to }) => to);
  emit({ kind: "reload", ...found, holders: await pair.holders(), repairs, states });
  await pair.stop("lb1");
}

/** Takes IPVS out of the kernel; a daemon that runs may fill the table in between. */
async function unload(pair: Pair): Promise<void> {
  await eventually(
    "the modules are unloaded",
    async () => {
      await ipvsadm(pair, "lb1", "-C");
      const loaded = (await must(["lsmod"])).split("\n").map((line) => line.split(" ")[0] ?? "");
      // Users before what they use.
      const users = loaded.filter((name) => name.startsWith("ip_vs_"));
      return (await run(["rmmod", ...users, "ip_vs"])).code === 0;
    },
    { timeout: 30_000 },
  );
}

/** The kernel's own loader finds nothing from now on. */
const hideModules = (): void => writeFileSync(MODPROBE, "/bin/false");
const showModules = (): void => writeFileSync(MODPROBE, "/run/modules/modprobe");

async function losesIpvs(pair: Pair): Promise<void> {
  // The modules of other schedulers, and of daemons, hold the kernel's IPVS: do without.
  const text = configText({ variant: "dr" }).replace(/^connectionSync.*\n/m, "");
  pair.configure(text);
  await pair.start("lb1");
  hideModules();
  await unload(pair);
  const problem = async (): Promise<string | undefined> => (await pair.status("lb1")).ipvs.problem;
  const told = await eventually("the problem is told", problem, { interval: 100 });
  await new Promise((resolve) => setTimeout(resolve, 4 * INTERVAL_MS));
  const [during] = (await pair.status("lb1")).instances;
  const holders = await pair.holders();
  showModules();
  await must(["modprobe", "-d", "/run/modules", "ip_vs"]);
  const well = async (): Promise<boolean> => (await problem()) === undefined;
  await eventually("the problem is over", well, { timeout: 20_000, interval: 100 });
  const table = (await ipvsadm(pair, "lb1", "-Sn")).trim().split("\n").toSorted();
  const history = (await pair.status("lb1")).history.map(({ to }) => to);
  emit({ kind: "loses", told, state: during?.state, holders, table, history });
  await pair.stop("lb1");
}

async function neverHadIpvs(pair: Pair): Promise<void> {
  hideModules();
  await unload(pair);
  const daemon = pair.launch("lb1");
  const code = await daemon.ended;
  emit({ kind: "never", code, said: daemon.stderr(), holders: await pair.holders() });
  showModules();
}

/** Stops a sync daemon before its thread ran: the kernel does that, and does not answer. */
async function silence(): Promise<void> {
  const optional = { maxLength: undefined, group: undefined, port: undefined, ttl: undefined };
  const daemon = { role: "backup", interface: "lo", syncId: 51, ...optional } as const;
  const ipvs = await openIpvs();
  const started = performance.now();
  const refused = await ipvs.apply([
    { kind: "startDaemon", daemon },
    { kind: "stopDaemon", role: "backup" },
  ]);
  const ms = Math.round(performance.now() - started);
  emit({ kind: "silence", ms, refused, daemons: await ipvs.daemons() });
  ipvs.close();
}

await main(async () => {
  await silence();
  const pair = await buildPair("dr");
  try {
    for (const chapter of [large, adoption, reload, losesIpvs, neverHadIpvs]) await chapter(pair);
  } catch (error) {
    console.log(await ipvsadm(pair, "lb1", "-L", "--daemon"), (await run(["lsmod"])).stdout);
    console.log(pair.output("lb1"));
    throw error;
  }
  await pair.network.close();
});
