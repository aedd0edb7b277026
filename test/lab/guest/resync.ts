/** Quiet and young connections: what the kernel's sync does not carry, the full resync has to. */
import { readFileSync } from "node:fs";
import { eventually, run, sleep } from "../../support/process.ts";
import { batonFile } from "../../support/programs.ts";
import {
  buildPair,
  type DirectorName,
  failover,
  INTERVAL_MS,
  level,
  other,
  type Pair,
  rootOf,
  startBoth,
} from "./pair.ts";
import { type Quiet, startQuiet } from "./quiet.ts";
import { emit, main } from "./report.ts";
import { DIRECTORS, serverAddress, type Variant, VIP } from "./topology.ts";

const QUIET = 40;
const YOUNG = 20;
const VIP6 = "fd00:60::100";
const CLIENT = "192.168.60.10";
/** A service whose clients stay with their server, one that hashes, one over UDP, one of IPv6. */
const more = (variant: Variant): string => {
  const [one, two] = [serverAddress("rs1", variant), serverAddress("rs2", variant)];
  const six = `  six: { listen: "tcp [${VIP6}]:80", servers: ["[fd00:60::136]:80"] }\n`;
  return `  stay:
    listen: tcp ${VIP}:81
    persistence: 300s
    forward: ${variant}
    servers: [${one}:81, ${two}:81]
  hash:
    listen: tcp ${VIP}:82
    scheduler: sh
    forward: ${variant}
    servers: [${one}:82, ${two}:82]
  dns: { listen: udp ${VIP}:53, forward: ${variant}, servers: [${one}:53] }
${variant === "dr" ? six : ""}`;
};

/** The connections of a host but for their last column, the time that is left. */
async function connections(pair: Pair, host: DirectorName): Promise<readonly string[]> {
  const text = await pair.network.must(host, ["cat", "/proc/net/ip_vs_conn"]);
  const lines = text.trimEnd().split("\n").slice(1);
  return lines.map((line) => line.trim().split(/\s+/).slice(0, 8).join(" ")).toSorted();
}

async function addSix(pair: Pair): Promise<void> {
  const at = { client: "fd00:60::10/64", lb1: "fd00:60::130/64", lb2: "fd00:60::131/64" };
  for (const [host, address] of Object.entries(at)) {
    await pair.network.ip(host, `addr add ${address} dev eth0 nodad`);
  }
}

/** One connection each that is no TCP over IPv4 to port 80; who answers does not matter. */
async function others(pair: Pair, variant: Variant): Promise<void> {
  const master = (await pair.holders())[0] ?? "lb1";
  const tries = [`nc -u -w1 ${VIP} 53`, `nc -w1 ${VIP} 81`, `nc -w1 ${VIP} 82`];
  if (variant === "dr") {
    await pair.network.ip(master, `addr add ${VIP6}/128 dev eth0 nodad`);
    tries.push(`nc -w1 ${VIP6} 80`);
  }
  const script = tries.map((one) => `echo hello | busybox ${one}`).join(" & ");
  await pair.network.exec("client", ["sh", "-c", `(${script} & sleep 1.5) >/dev/null 2>&1`]);
}

/** The command line on lb1. */
async function baton(pair: Pair, ...words: readonly string[]): Promise<string> {
  const argv = [process.execPath, batonFile(), "--root", rootOf("lb1"), ...words];
  const { stdout, stderr } = await pair.network.exec("lb1", argv);
  return `${stdout}${stderr}`;
}

const explain = (pair: Pair): Promise<string> => baton(pair, "explain", CLIENT);

/** What the kernel itself sends, as it arrives at the other director. */
async function capture(pair: Pair, host: DirectorName): Promise<readonly string[]> {
  const file = "/run/sync.pcap";
  const argv = [
    "timeout",
    "6",
    "tcpdump",
    "-Z",
    "root",
    "-nni",
    "eth1",
    "-U",
    "-c",
    "4",
    "-w",
    file,
  ];
  const dump = pair.network.spawn(host, [...argv, "udp", "port", "8848"]);
  await dump.ended;
  const { stdout } = await run(["tcpdump", "-nn", "-x", "-r", file]);
  const packets = stdout
    .split(/^(?=\S)/m)
    .map((text) =>
      [...text.matchAll(/0x[0-9a-f]+: +((?:[0-9a-f]{2,4} ?)+)/g)].map(([, hex]) => hex).join(""),
    );
  // Without the headers of IPv4 and UDP.
  return packets.map((hex) => hex.replaceAll(" ", "").slice(2 * 28)).filter(Boolean);
}

async function story(variant: Variant): Promise<void> {
  const pair = await buildPair(variant, { more: more(variant) });
  if (variant === "dr") await addSix(pair);
  try {
    await startBoth(pair);
    const quiet = await startQuiet(pair);
    const captured = capture(pair, "lb2");
    const opened = await quiet.open(QUIET);
    await others(pair, variant);
    if (variant === "dr") {
      emit({ kind: "client", kernel: await connections(pair, "lb1"), said: await explain(pair) });
    }
    emit({ kind: `${variant} begin`, opened, messages: await captured });
    await returns(pair, variant, quiet);
    await handsOver(pair, variant, quiet);
    if (variant === "dr") {
      emit({
        kind: "told",
        history: await baton(pair, "history"),
        why: await baton(pair, "explain"),
      });
    }
  } catch (error) {
    for (const host of DIRECTORS) console.log(host, pair.output(host));
    throw error;
  } finally {
    await pair.network.close();
  }
}

/** The backup's machine comes back empty, learns, and has to do without the other one. */
async function returns(pair: Pair, variant: Variant, quiet: Quiet): Promise<void> {
  await pair.reboot("lb2");
  if (variant === "dr") await pair.network.ip("lb2", "addr add fd00:60::131/64 dev eth0 nodad");
  const before = await connections(pair, "lb2");
  const started = performance.now();
  await pair.start("lb2");
  await level(pair, "lb2");
  const took = Math.round(performance.now() - started);
  await sleep(200);
  const [ours, theirs] = await Promise.all(DIRECTORS.map((host) => connections(pair, host)));
  const status = await pair.status("lb2");
  emit({ kind: `${variant} level`, before, ours, theirs, took, sync: status.sync });
  pair.network.isolate("lb1");
  await eventually("lb2 takes over", async () => (await pair.holders()).includes("lb2"), {
    timeout: 10 * INTERVAL_MS,
  });
  emit({ kind: `${variant} return`, asked: await quiet.ask() });
}

/** Connections that are a moment old when the master hands over, there and back. */
async function handsOver(pair: Pair, variant: Variant, quiet: Quiet): Promise<void> {
  await pair.reboot("lb1");
  await pair.start("lb1");
  await level(pair, "lb1");
  const replies: object[] = [];
  for (const from of ["lb2", "lb1"] as const) {
    await level(pair, other(from));
    const opened = await quiet.open(YOUNG);
    const reply = await failover(pair, from);
    await pair.settled(other(from));
    replies.push({ from, opened, reply, asked: await quiet.ask() });
    await pair.command(from, "/v1/resume");
  }
  emit({ kind: `${variant} young`, replies });
  const log = DIRECTORS.flatMap((host) => pair.output(host).split("\n"));
  const passes = log.filter((line) => line.includes("resync"));
  emit({ kind: `${variant} passes`, passes: passes.map((line) => /"msg":"(.*)"/.exec(line)?.[1]) });
}

await main(async () => {
  for (const variant of ["dr", "nat"] as const) await story(variant);
  emit({ kind: "kernel", version: readFileSync("/proc/version", "utf8").trim() });
});
