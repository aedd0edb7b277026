/** Two directors that run baton from one file, on the hosts of the guest's network. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { places } from "../../../src/base/places.ts";
import type { Reply } from "../../../src/control/api.ts";
import { askStatus, command } from "../../../src/control/client.ts";
import type { Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { eventually, type Result, type Running } from "../../support/process.ts";
import { batonFile } from "../../support/programs.ts";
import {
  buildTopology,
  DIRECTORS,
  INSIDE_VIP,
  SERVERS,
  SERVICE_PORT,
  serverAddress,
  type Topology,
  type Variant,
  VIP,
} from "./topology.ts";

export type DirectorName = (typeof DIRECTORS)[number];

/** Node takes a second to start in the guest: shorter intervals belong on the host's kernel. */
export const INTERVAL_MS = 1000;
export const SERVICE = "http";
export const LISTEN = `tcp ${VIP}:${SERVICE_PORT}`;
export const INSTANCE = "web";

const FOLDER = "/run/pair";
const SECRET_FILE = `${FOLDER}/heartbeat.key`;
const START_LIMIT_MS = 30_000;
/** Three intervals and a skew for the takeover, then the same again for a busy machine. */
const ELECTION_LIMIT_MS = 15 * INTERVAL_MS;

export const other = (host: DirectorName): DirectorName => (host === "lb1" ? "lb2" : "lb1");

export interface FileOptions {
  readonly variant: Variant;
  /** Of heartbeats, milliseconds. */
  readonly interval?: number;
  /** Whether the better director takes its role back; never by default. */
  readonly preempt?: "never" | "immediate";
  /** How the servers are checked; not at all by default. */
  readonly check?: string;
  /** More lines at the end of the file: top-level keys, or services with two blanks before them. */
  readonly more?: string;
}

/** The baton.yaml that both directors read. */
export function configText(options: FileOptions): string {
  const { variant, interval = INTERVAL_MS, preempt = "never", check = "none", more = "" } = options;
  const servers = SERVERS.map((server) => `${serverAddress(server, variant)}:${SERVICE_PORT}`);
  const inside = variant === "nat" ? `, { address: ${INSIDE_VIP}, interface: eth2 }` : "";
  return `directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131, priority: 100 }
heartbeat: { interval: ${interval}ms, secretFile: ${SECRET_FILE} }
instances:
  ${INSTANCE}: { routerId: 51, interface: eth0, vips: [${VIP}${inside}], preempt: ${preempt} }
connectionSync: { interface: eth1, syncId: 51 }
services:
  ${SERVICE}:
    listen: ${LISTEN}
    scheduler: rr
    forward: ${variant}
    servers: [${servers.join(", ")}]
    check: ${check}
${more}`;
}

/** A director's files, each on a root of its own. */
export const rootOf = (host: DirectorName): string => `${FOLDER}/${host}`;

export interface Pair extends Topology {
  /** Writes the file that both read at their next start. */
  configure(text: string): void;
  /** Starts the daemon and waits until its role is decided. */
  start(host: DirectorName): Promise<void>;
  /** As `start`, without waiting for more than the process. */
  launch(host: DirectorName): Running;
  /** kill -9. */
  kill(host: DirectorName): Promise<void>;
  /** As `kill`, a moment after an advert: a new process has most of two intervals to adopt. */
  killAfterBeat(host: DirectorName): Promise<void>;
  /** SIGSTOP, or SIGCONT. */
  signal(host: DirectorName, signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGTERM; resolves with the exit code. */
  stop(host: DirectorName): Promise<number>;
  release(host: DirectorName): Promise<Result>;
  status(host: DirectorName): Promise<Snapshot>;
  command(host: DirectorName, path: string, body?: unknown): Promise<Reply>;
  /** What the daemons of this director printed, one after another. */
  output(host: DirectorName): string;
  /** The directors whose interface has the VIP. */
  holders(): Promise<readonly DirectorName[]>;
  /** Waits until this director is master with its VIP on, and the other is not. */
  settled(master: DirectorName): Promise<void>;
  /** The machine is switched off and on: nothing of it is left in memory. */
  reboot(host: DirectorName): Promise<void>;
}

export async function buildPair(
  variant: Variant,
  options: Partial<FileOptions> = {},
): Promise<Pair> {
  const topology = await buildTopology(variant);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(SECRET_FILE, "a key of the lab, not of a production network\n", { mode: 0o600 });
  const pair = new RunningPair(topology);
  pair.configure(configText({ variant, ...options }));
  return pair;
}

class RunningPair implements Pair {
  readonly network: Topology["network"];
  readonly variant: Variant;
  readonly servers: Topology["servers"];
  readonly #daemons = new Map<DirectorName, Running>();
  /** Every daemon that was ever started there, for what it printed. */
  readonly #past: { readonly host: DirectorName; readonly daemon: Running }[] = [];

  constructor(topology: Topology) {
    this.network = topology.network;
    this.variant = topology.variant;
    this.servers = topology.servers;
  }

  configure(text: string): void {
    for (const host of DIRECTORS) {
      const { config } = places(rootOf(host));
      mkdirSync(config.slice(0, config.lastIndexOf("/")), { recursive: true });
      writeFileSync(config, text);
    }
  }

  launch(host: DirectorName): Running {
    const daemon = this.network.spawn(host, this.#baton(host, "run"));
    this.#daemons.set(host, daemon);
    this.#past.push({ host, daemon });
    return daemon;
  }

  signal(host: DirectorName, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#daemons.get(host)?.kill(signal);
  }

  async start(host: DirectorName): Promise<void> {
    const daemon = this.launch(host);
    const over = daemon.ended.then((code) => {
      throw new Error(`${host} ended with ${code}:\n${daemon.stderr()}${daemon.stdout()}`);
    });
    const decided = eventually(`${host} decides its role`, () => this.#decided(host), {
      timeout: START_LIMIT_MS,
      interval: 100,
    });
    await Promise.race([decided, over]);
  }

  async kill(host: DirectorName): Promise<void> {
    const daemon = this.#daemon(host);
    daemon.kill("SIGKILL");
    await daemon.ended;
  }

  async killAfterBeat(host: DirectorName): Promise<void> {
    const { beat } = places(rootOf(host));
    const before = readFileSync(beat, "utf8");
    await eventually(`${host} sends an advert`, () => readFileSync(beat, "utf8") !== before);
    await this.kill(host);
  }

  stop(host: DirectorName): Promise<number> {
    const daemon = this.#daemon(host);
    daemon.kill("SIGTERM");
    return daemon.ended;
  }

  release(host: DirectorName): Promise<Result> {
    return this.network.exec(host, this.#baton(host, "release"));
  }

  async status(host: DirectorName): Promise<Snapshot> {
    const answer = await askStatus(places(rootOf(host)).socket, 5000);
    if (answer.kind === "running") return answer.snapshot;
    throw new Error(`${host} is ${answer.kind}:\n${this.output(host)}`);
  }

  command(host: DirectorName, path: string, body: unknown = {}): Promise<Reply> {
    return command(places(rootOf(host)).socket, path, body);
  }

  output(host: DirectorName): string {
    return this.#past
      .filter((one) => one.host === host)
      .map(({ daemon }) => `${daemon.stderr()}${daemon.stdout()}`)
      .join("");
  }

  async holders(): Promise<readonly DirectorName[]> {
    const holds = await Promise.all(DIRECTORS.map((host) => this.network.holds(host, VIP)));
    return DIRECTORS.filter((_, index) => holds[index]);
  }

  async settled(master: DirectorName): Promise<void> {
    const settled = async (): Promise<boolean> => {
      const [holder, second] = await this.holders();
      if (holder !== master || second !== undefined) return false;
      return (await this.#state(master)) === "master";
    };
    await eventually(`${master} is the only master`, settled, {
      timeout: ELECTION_LIMIT_MS,
      interval: 100,
    });
  }

  async reboot(host: DirectorName): Promise<void> {
    this.#daemons.get(host)?.kill("SIGKILL");
    await this.#daemons.get(host)?.ended;
    this.#daemons.delete(host);
    await this.network.replace(host);
    if (this.variant === "nat") await this.network.must(host, FORWARD);
    rmSync(places(rootOf(host)).run, { recursive: true, force: true });
  }

  #baton(host: DirectorName, verb: string): readonly string[] {
    return [process.execPath, batonFile(), verb, "--root", rootOf(host)];
  }

  #daemon(host: DirectorName): Running {
    const daemon = this.#daemons.get(host);
    if (!daemon) throw new Error(`${host} was not started`);
    return daemon;
  }

  async #state(host: DirectorName): Promise<string | undefined> {
    const answer = await askStatus(places(rootOf(host)).socket, 5000);
    if (answer.kind !== "running") return undefined;
    return answer.snapshot.instances[0]?.state;
  }

  async #decided(host: DirectorName): Promise<boolean> {
    const answer = await askStatus(places(rootOf(host)).socket, 5000);
    if (answer.kind !== "running") return false;
    const [instance] = answer.snapshot.instances;
    if (instance?.state === "backup") return instance.master !== undefined;
    return instance?.state === "master" && instance.vips.every(({ present }) => present);
  }
}

const FORWARD = ["sysctl", "-qw", "net.ipv4.ip_forward=1"] as const;

/** Starts both; the first one is a moment ahead, so that it is master whatever the machine does. */
export async function startBoth(pair: Pair): Promise<void> {
  const first = pair.start("lb1");
  const up = (): Promise<boolean> => pair.status("lb1").then(Boolean, () => false);
  await Promise.race([eventually("lb1 runs", up, { timeout: START_LIMIT_MS }), first]);
  await Promise.all([first, pair.start("lb2")]);
  await pair.settled("lb1");
}

const ATTEMPTS = 3;

/** A planned handover. The peer has a tenth of a second: a busy guest may need another attempt. */
export async function failover(pair: Pair, host: DirectorName): Promise<Reply> {
  let reply = await pair.command(host, "/v1/failover");
  for (let attempt = 1; attempt < ATTEMPTS && !reply.done; attempt++) {
    console.log(`${host}: ${reply.sentence}`);
    reply = await pair.command(host, "/v1/failover");
  }
  return reply;
}

/** ipvsadm's own listing of a host's table. */
export const ipvsadm = (pair: Pair, host: DirectorName, ...words: string[]): Promise<string> =>
  pair.network.must(host, ["ipvsadm", ...words]);

/** The counter of connections of the http service. */
export async function counted(pair: Pair, host: DirectorName): Promise<number> {
  const text = await ipvsadm(
    pair,
    host,
    "-Ln",
    "--stats",
    "--exact",
    "-t",
    `${VIP}:${SERVICE_PORT}`,
  );
  return Number(/^TCP +\S+ +(\d+)/m.exec(text)?.[1] ?? -1);
}

/** The roles of the host's sync daemons. */
export async function syncRoles(pair: Pair, host: DirectorName): Promise<readonly string[]> {
  const text = await ipvsadm(pair, host, "-L", "--daemon");
  return [...text.matchAll(/^(master|backup) sync daemon/gm)].map(([, role]) => role ?? "");
}

/** Waits until the director says of itself that it has learned the connections. */
export const level = (pair: Pair, host: DirectorName): Promise<boolean> =>
  eventually(
    `${host} is level`,
    async () => (await pair.status(host)).instances.every((instance) => instance.level),
    { timeout: 30_000, interval: 200 },
  );
