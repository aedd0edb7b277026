/** The story of a dr pair: its tables, what somebody does to them, and connections that live on. */
import { eventually, sleep } from "../../support/process.ts";
import {
  buildPair,
  configText,
  counted,
  type DirectorName,
  failover,
  INTERVAL_MS,
  ipvsadm,
  type Pair,
  startBoth,
  syncRoles,
} from "./pair.ts";
import { emit, main } from "./report.ts";
import { OUTAGE_RECOVERY_MS, survive } from "./survival.ts";
import { DIRECTORS, SERVICE_PORT, serverAddress, VIP } from "./topology.ts";

const FOREIGN = ["-A", "-t", "10.9.9.9:99", "-s", "rr"] as const;
const EXTRA = `  extra: { listen: "udp ${VIP}:53", servers: [192.168.60.136:53] }\n`;
const TIMEOUTS = "ipvs: { timeouts: { tcp: 10m, tcpFin: 1m, udp: 2m } }\n";
const THRESHOLD = "net.ipv4.vs.sync_threshold";
const TABLE = `${EXTRA}${TIMEOUTS}`;
/** A patrol comes every 2.5 s; issue: mended within 5. */
const REPAIR_LIMIT_MS = 20_000;
const WEB = `${VIP}:${SERVICE_PORT}`;
const RS1 = `${serverAddress("rs1")}:${SERVICE_PORT}`;

const saved = async (pair: Pair, host: DirectorName): Promise<readonly string[]> =>
  (await ipvsadm(pair, host, "-Sn")).trim().split("\n").toSorted();

async function begin(pair: Pair): Promise<void> {
  await startBoth(pair);
  const one = async (host: DirectorName): Promise<object> => ({
    table: await saved(pair, host),
    timeouts: (await ipvsadm(pair, host, "-Ln", "--timeout")).trim(),
    roles: await syncRoles(pair, host),
    sysctls: await pair.network.must(host, [
      "sysctl",
      "-n",
      THRESHOLD,
      "net.ipv4.vs.sync_refresh_period",
      "net.ipv4.vs.sync_retries",
      "net.ipv4.conf.eth0.promote_secondaries",
    ]),
  });
  emit({ kind: "begin", lb1: await one("lb1"), lb2: await one("lb2") });
}

async function foreign(pair: Pair): Promise<void> {
  await ipvsadm(pair, "lb1", ...FOREIGN);
  await eventually(
    "the foreign service is shown",
    async () => (await pair.status("lb1")).foreignServices.length > 0,
    { interval: 200 },
  );
  const { foreignServices } = await pair.status("lb1");
  emit({ kind: "foreign", shown: foreignServices, table: await saved(pair, "lb1") });
}

/** What somebody does by hand to the master's kernel, and the words that tell of it. */
const MISCHIEF: Readonly<Record<string, readonly string[]>> = {
  weight: ["ipvsadm", "-e", "-t", WEB, "-r", RS1, "-g", "-w", "9"],
  server: ["ipvsadm", "-d", "-t", WEB, "-r", RS1],
  timeouts: ["ipvsadm", "--set", "77", "0", "0"],
  daemon: ["ipvsadm", "--stop-daemon", "master"],
  sysctl: ["sysctl", "-qw", `${THRESHOLD}=3 50`],
  clear: ["ipvsadm", "-C"],
};

async function repairs(pair: Pair): Promise<void> {
  await exclusive(pair, "lb1", "master");
  for (const [name, words] of Object.entries(MISCHIEF)) {
    const look = async (): Promise<string> =>
      [
        ...(await saved(pair, "lb1")).filter((line) => !line.includes("10.9.9.9")),
        await ipvsadm(pair, "lb1", "-Ln", "--timeout"),
        ...(await syncRoles(pair, "lb1")),
        await pair.network.must("lb1", ["sysctl", "-n", THRESHOLD]),
      ].join("\n");
    const before = await look();
    const known = (await pair.status("lb1")).repairs.length;
    await pair.network.must("lb1", words);
    const started = performance.now();
    await eventually(`${name} is mended`, async () => (await look()) === before, {
      timeout: REPAIR_LIMIT_MS,
      interval: 100,
    });
    const ms = Math.round(performance.now() - started);
    const told = (await pair.status("lb1")).repairs.slice(known).map(({ what }) => what);
    emit({ kind: "repair", name, ms, told });
  }
  await ipvsadm(pair, "lb1", ...FOREIGN);
}

/** Waits until the role that lingers has ended. */
const exclusive = (pair: Pair, host: DirectorName, role: string): Promise<boolean> =>
  eventually(
    `${host} plays the role ${role} alone`,
    async () => (await syncRoles(pair, host)).join() === role,
    { interval: 200 },
  );

async function under(
  pair: Pair,
  kind: string,
  body: () => Promise<object>,
  recovery?: number,
): Promise<void> {
  emit({ kind, ...(await survive(pair, body, recovery)) });
}

/** What the roles were while the handover was young, and what they are when it is old. */
async function handover(pair: Pair): Promise<void> {
  await under(pair, "handover", async () => {
    const reply = await failover(pair, "lb1");
    const young = { lb1: await syncRoles(pair, "lb1"), lb2: await syncRoles(pair, "lb2") };
    await pair.settled("lb2");
    await sleep(4 * INTERVAL_MS);
    const old = { lb1: await syncRoles(pair, "lb1"), lb2: await syncRoles(pair, "lb2") };
    return { reply, young, old };
  });
  await pair.command("lb1", "/v1/resume");
}

/** lb2 is master, and its daemon stays dead: the guard lets go, and lb1 takes over. */
async function crash(pair: Pair): Promise<void> {
  await ipvsadm(pair, "lb2", ...FOREIGN);
  await under(pair, "crash", async () => {
    await pair.kill("lb2");
    await eventually("lb1 takes over", async () => (await pair.holders()).includes("lb1"), {
      timeout: 10 * INTERVAL_MS,
    });
    await pair.settled("lb1");
    const released = (): boolean => pair.output("lb2").includes(`udp ${VIP}:53 is removed`);
    await eventually("the guard's release ends", released, { timeout: 10 * INTERVAL_MS });
    const after = await saved(pair, "lb2");
    return { said: pair.output("lb2"), after, roles: await syncRoles(pair, "lb2") };
  });
}

/** lb1 is master, and its machine goes; it comes back with an empty kernel. */
async function loss(pair: Pair): Promise<void> {
  await pair.start("lb2");
  const lose = async (): Promise<object> => {
    // The kernel keeps what it has to send for two seconds at most.
    await sleep(3 * INTERVAL_MS);
    const started = performance.now();
    pair.network.isolate("lb1");
    await eventually("lb2 takes over", async () => (await pair.holders()).includes("lb2"), {
      timeout: 10 * INTERVAL_MS,
    });
    return { takeover: Math.round(performance.now() - started) };
  };
  await under(pair, "loss", lose, OUTAGE_RECOVERY_MS);
  await under(pair, "return", async () => {
    await pair.reboot("lb1");
    await pair.start("lb1");
    await pair.settled("lb2");
    return { table: await saved(pair, "lb1"), roles: await syncRoles(pair, "lb1") };
  });
}

/** A stop keeps the table; the next file has one service less, and takes all away at its end. */
async function ending(pair: Pair): Promise<void> {
  await ipvsadm(pair, "lb2", ...FOREIGN).catch(() => undefined);
  const before = await counted(pair, "lb2");
  const code = await pair.stop("lb2");
  await pair.settled("lb1");
  const kept = { code, table: await saved(pair, "lb2"), roles: await syncRoles(pair, "lb2") };
  if (kept.roles.length > 0) console.log(pair.output("lb2"));
  const survived = (await counted(pair, "lb2")) >= before;
  pair.configure(configText({ variant: "dr", more: "onStop: remove\n" }));
  await pair.start("lb2");
  const restarted = await saved(pair, "lb2");
  const continued = (await counted(pair, "lb2")) >= before;
  const last = await pair.stop("lb2");
  const removed = {
    code: last,
    table: await saved(pair, "lb2"),
    roles: await syncRoles(pair, "lb2"),
  };
  emit({ kind: "ending", kept, survived, restarted, continued, removed, before });
}

await main(async () => {
  const pair = await buildPair("dr", { more: TABLE });
  try {
    for (const chapter of [begin, foreign, repairs, handover, crash, loss, ending]) {
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
