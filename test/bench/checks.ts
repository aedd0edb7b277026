/** What checks of thousands of servers cost, and how soon a dead server is found. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { keepalivedArguments } from "../support/keepalived.ts";
import { buildNetwork, type Network } from "../support/network.ts";
import { eventually, type Running, sleep, start } from "../support/process.ts";
import { cpuOf, family, kilobytes, sum } from "./cost.ts";
import { burnCores } from "./gaps.ts";
import { batonProgram, batonYaml, type ToolName } from "./tools.ts";
import { capture, wall } from "./watch.ts";

export interface ChecksJob {
  readonly type: "tcp" | "http";
  /** Servers, each asked once a second. 0: none, and the adverts alone are looked at. */
  readonly count: number;
  /** Beside a loop for each core. */
  readonly busy?: boolean;
}

export interface ChecksEffort {
  readonly seconds: number;
  /** Of one server, in each run. */
  readonly deaths: number;
}

export interface ChecksRun extends ChecksJob {
  readonly tool: ToolName;
  readonly seconds: number;
  /** Processor seconds in a minute, of all its processes. */
  readonly cpu: number;
  readonly rss: number;
  /** Servers that were alive and were called dead. */
  readonly falseDowns: number;
  /** From a server's death to the line that takes it out, in milliseconds. */
  readonly deaths: readonly number[];
  /** Between two adverts, in milliseconds; keepalived runs its checkers alone. */
  readonly gaps: readonly number[];
}

const SERVERS_A_SERVICE = 10;
const WARM_UP = 8000;
const ADVERT_MS = 100;
const PORT = 80;
const MORTAL_PORT = 81;
const MORTAL = `10.77.255.1:${MORTAL_PORT}`;
const NETWORK = "10.77.0.0/16";
const PEER = "192.168.60.131";

const SERVER =
  "require('node:net').createServer((s) => { s.on('error', () => {}); s.once('data', () => " +
  "s.end('HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n')); })" +
  ".listen({ port: Number(process.argv[1]), host: '0.0.0.0', backlog: 4096 });";

const addressOf = (server: number): string => `10.77.${server >> 8}.${server & 255}`;

/** By service. */
const servicesOf = ({ count }: ChecksJob): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(count / SERVERS_A_SERVICE) }, (_, service) =>
    Array.from({ length: SERVERS_A_SERVICE }, (__, i) =>
      addressOf(service * SERVERS_A_SERVICE + i + 1),
    ),
  );

export async function measureChecks(
  tool: ToolName,
  job: ChecksJob,
  effort: ChecksEffort,
): Promise<ChecksRun> {
  const folder = mkdtempSync(join(tmpdir(), "baton-checks-"));
  const network = await buildNetwork({
    lb1: { eth0: ["192.168.60.130/24"] },
    servers: { eth0: [`${PEER}/24`] },
  });
  try {
    await network.must("servers", ["ip", "route", "add", "local", NETWORK, "dev", "lo"]);
    await network.must("lb1", ["ip", "route", "add", NETWORK, "via", PEER]);
    network.spawn("servers", [process.execPath, "-e", SERVER, String(PORT)]);
    return await observe(network, { tool, job, effort, folder });
  } finally {
    await network.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Plan {
  readonly tool: ToolName;
  readonly job: ChecksJob;
  readonly effort: ChecksEffort;
  readonly folder: string;
}

async function observe(network: Network, plan: Plan): Promise<ChecksRun> {
  const { tool, job, effort } = plan;
  const adverts = await capture(network, "servers", "udp dst port 8112");
  const mortal = await live(network);
  const daemon = network.spawn("lb1", await commandOf(plan));
  const ended = await Promise.race([daemon.ended, sleep(WARM_UP)]);
  if (ended !== undefined) throw new Error(`${tool} ended: ${outputOf(daemon)}`);
  const said = outputOf(daemon).length;
  const pids = family(daemon.pid);
  const loops = job.busy ? burnCores() : [];
  const [before, from, started] = [cpuOf(pids), wall(), performance.now()];
  await sleep(effort.seconds * 1000);
  for (const loop of loops) loop.kill("SIGKILL");
  const minutes = (performance.now() - started) / 60_000;
  const cpu = (cpuOf(pids) - before) / minutes;
  const rss = sum(pids, (pid) => kilobytes(`/proc/${pid}/status`, "VmRSS"));
  const times = adverts.times.filter((time) => time >= from && time <= wall());
  const falseDowns = outputOf(daemon).slice(said).match(DOWN)?.length ?? 0;
  const deaths = job.count === 0 ? [] : await dieOften(network, daemon, mortal, effort.deaths);
  return {
    ...job,
    tool,
    seconds: effort.seconds,
    cpu,
    rss,
    falseDowns,
    deaths,
    gaps: times.slice(1).map((time, i) => time - (times[i] ?? time)),
  };
}

/** baton says it on the one, keepalived on the other. */
const outputOf = (daemon: Running): string => `${daemon.stdout()}${daemon.stderr()}`;

const DOWN = /is down: |Removing service /g;

async function live(network: Network): Promise<Running> {
  const server = network.spawn("servers", [process.execPath, "-e", SERVER, String(MORTAL_PORT)]);
  const answers = async (): Promise<boolean> => {
    const { stdout } = await network.exec("servers", ["ss", "-Hltn", `sport = :${MORTAL_PORT}`]);
    return stdout !== "";
  };
  await eventually("the mortal server listens", answers);
  return server;
}

/** At any phase of the interval. */
async function dieOften(
  network: Network,
  daemon: Running,
  first: Running,
  count: number,
): Promise<readonly number[]> {
  const took: number[] = [];
  let server = first;
  const lines = (pattern: RegExp): number =>
    outputOf(daemon)
      .split("\n")
      .filter((line) => line.includes("10.77.255.1") && pattern.test(line)).length;
  for (let i = 0; i < count; i++) {
    await sleep(1500 + Math.random() * 1000);
    const [down, up] = [lines(/is down: |Removing service/), lines(/is up: |Adding service/)];
    const died = performance.now();
    server.kill("SIGKILL");
    const isOut = (): boolean => lines(/is down: |Removing service/) > down;
    await eventually("the dead server is taken out", isOut, { timeout: 10_000, interval: 2 });
    took.push(performance.now() - died);
    server = await live(network);
    const isBack = (): boolean => lines(/is up: |Adding service/) > up;
    await eventually("it is taken in again", isBack, { timeout: 10_000, interval: 20 });
  }
  server.kill("SIGKILL");
  return took;
}

/** The host has no IPVS: baton is told that it has, and looks for its table in vain meanwhile. */
const PRETEND = fileURLToPath(new URL("../support/programs/ipvs-loaded.cjs", import.meta.url));

const commandOf = (plan: Plan): Promise<readonly string[]> =>
  plan.tool === "baton" ? Promise.resolve(baton(plan)) : keepalived(plan);

function baton({ job, folder }: Plan): readonly string[] {
  const root = join(folder, "lb1");
  mkdirSync(root, { recursive: true });
  const key = join(folder, "heartbeat.key");
  writeFileSync(key, "a secret for the bench, long enough for everybody\n", { mode: 0o600 });
  const check = (type: string): string =>
    `check: { type: ${type}, interval: 1s, timeout: 1s, fall: 1, rise: 1 }`;
  const one = (name: string, port: number, servers: readonly string[], type: string): string =>
    `  ${name}: { listen: tcp 192.168.60.100:${port}, forward: nat, ` +
    `servers: [${servers.join(", ")}], ${check(type)} }`;
  const services = servicesOf(job).map((servers, i) =>
    one(
      `s${i}`,
      1000 + i,
      servers.map((address) => `${address}:${PORT}`),
      job.type,
    ),
  );
  const all = job.count === 0 ? [] : [...services, one("mortal", 999, [MORTAL], "tcp")];
  const file = join(folder, "baton.yaml");
  writeFileSync(file, batonYaml({ interval: ADVERT_MS }, key, all));
  const [node = "", ...program] = batonProgram();
  return [node, "--require", PRETEND, ...program, "run", "-c", file, "--root", root, "--as", "lb1"];
}

const C_SOURCE = fileURLToPath(new URL("no-ipvs.c", import.meta.url));

async function keepalived({ job, folder }: Plan): Promise<readonly string[]> {
  const library = join(folder, "no-ipvs.so");
  await start(["gcc", "-shared", "-fPIC", "-O2", "-o", library, C_SOURCE]).ended;
  const tcp = "TCP_CHECK { connect_timeout 1\n retry 0\n }";
  const http = "HTTP_GET { url { path /\n status_code 200\n }\n connect_timeout 1\n retry 0\n }";
  const one = (port: number, servers: readonly string[], check: string): string =>
    `virtual_server 192.168.60.100 ${port} {\n delay_loop 1\n lb_algo wlc\n lb_kind NAT\n` +
    " protocol TCP\n" +
    servers.map((server) => ` real_server ${server} {\n weight 1\n ${check}\n }\n`).join("") +
    "}\n";
  const services = servicesOf(job).map((servers, i) =>
    one(
      1000 + i,
      servers.map((address) => `${address} ${PORT}`),
      job.type === "tcp" ? tcp : http,
    ),
  );
  const file = join(folder, "keepalived.conf");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [...services, one(999, [MORTAL.replace(":", " ")], tcp)].join("\n"));
  return ["env", `LD_PRELOAD=${library}`, ...keepalivedArguments(file, folder, "-C")];
}
