/** Two whole hosts that run baton as a service, with a client and a real server beside them. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Snapshot } from "../../src/core/director/snapshot-types.ts";
import { buildNetwork, type Network } from "../support/network.ts";
import { type Probe, type Report, startProbe } from "../support/probe.ts";
import { eventually, must } from "../support/process.ts";
import { batonFile, programFile } from "../support/programs.ts";
import { ROOT } from "../support/sources.ts";
import { Guest } from "./guest.ts";
import { image } from "./image.ts";

export const VIP = "192.168.60.100";
export const SERVICE_PORT = 80;
export const SERVER = "192.168.60.136";
/** A daemon takes two seconds to start in there, and adopts within two intervals: shorter ones
 * belong on the host's kernel. */
export const INTERVAL = 2000;
export const DIRECTORS = ["lb1", "lb2"] as const;
export type DirectorName = (typeof DIRECTORS)[number];

const ADDRESS = { lb1: "192.168.60.130", lb2: "192.168.60.131" } as const;
const SYNC = { lb1: "10.99.0.130", lb2: "10.99.0.131" } as const;
const ECHO_PORT = 7007;
const PROBE_MS = 20;
export const SETTLE_LIMIT_MS = 20 * INTERVAL;

/** The same file on both. */
export const CONFIG = `directors:
  lb1: { address: ${ADDRESS.lb1}, priority: 150 }
  lb2: { address: ${ADDRESS.lb2}, priority: 100 }
heartbeat: { interval: ${INTERVAL}ms, secretFile: /etc/baton/heartbeat.key }
instances:
  web: { routerId: 51, interface: eth0, vips: [${VIP}] }
connectionSync: { interface: eth1, syncId: 51 }
services:
  http:
    listen: tcp ${VIP}:${SERVICE_PORT}
    scheduler: rr
    servers: [${SERVER}:${SERVICE_PORT}]
`;

export const other = (host: DirectorName): DirectorName => (host === "lb1" ? "lb2" : "lb1");

export interface Pair {
  readonly network: Network;
  readonly lb1: Guest;
  readonly lb2: Guest;
  host(name: DirectorName): Guest;
  /** Probes the VIP: each director answers with its name. */
  probe(): Promise<Probe>;
  /** Waits until one of them serves alone and the other stands by; says which one serves. */
  master(): Promise<DirectorName>;
  /** Waits until a backup could take over by a handover: its connection table is complete. */
  fit(backup: DirectorName): Promise<void>;
  /** The directors whose interface has the VIP. */
  owners(): Promise<readonly DirectorName[]>;
  close(): Promise<void>;
}

export interface PairOptions {
  /** A package that the hosts' image has beside the usual ones. */
  readonly extra?: string | undefined;
  /** Megabytes. */
  readonly disk?: number | undefined;
  /** Puts onto the disk of a host what is to run there. */
  readonly furnish: (guest: Guest, name: DirectorName) => void;
}

/** Both are switched on and up; baton as it was built is started by their boot. */
export async function bootPair(options: PairOptions = { furnish: installBaton }): Promise<Pair> {
  const root = await image(options.extra);
  const network = await buildNetwork({
    client: { eth0: ["192.168.60.10/24"] },
    rs1: { eth0: [`${SERVER}/24`] },
  });
  try {
    await wire(network);
    await startServer(network);
    const [lb1, lb2] = await Promise.all(
      DIRECTORS.map((name) => create(name, { network, root, ...options })),
    );
    if (!lb1 || !lb2) throw new TypeError("two were asked for");
    await Promise.all([lb1.powerOn(), lb2.powerOn()]);
    return pairOf(network, lb1, lb2);
  } catch (error) {
    await network.close();
    throw error;
  }
}

function pairOf(network: Network, lb1: Guest, lb2: Guest): Pair {
  const host = (name: DirectorName): Guest => (name === "lb1" ? lb1 : lb2);
  const owners = async (): Promise<readonly DirectorName[]> => {
    const held = await Promise.all(DIRECTORS.map((name) => holdsVip(host(name))));
    return DIRECTORS.filter((_, index) => held[index]);
  };
  return {
    network,
    lb1,
    lb2,
    host,
    owners,
    probe: () => startProbe(network, "client", { address: VIP, interval: PROBE_MS }),
    master: () => {
      const settled = async (): Promise<DirectorName | undefined> => {
        const [owner, second] = await owners();
        if (!owner || second) return undefined;
        const [serves, stands] = await Promise.all([owner, other(owner)].map(host).map(roleOf));
        return serves === "web master" && stands === "web backup" ? owner : undefined;
      };
      const limits = { timeout: SETTLE_LIMIT_MS, interval: 200 };
      return eventually("one serves, the other stands by", settled, limits);
    },
    fit: async (backup) => {
      const level = async (): Promise<boolean> => {
        const { code, stdout } = await host(backup).exec("baton status --json");
        return code === 0 && (JSON.parse(stdout) as Snapshot).instances.every((one) => one.level);
      };
      await eventually(`${backup} is level`, level, { timeout: SETTLE_LIMIT_MS, interval: 500 });
    },
    close: async () => {
      lb1.dispose();
      lb2.dispose();
      await network.close();
    },
  };
}

/** A guest that is switched off has nothing. */
const holdsVip = async (guest: Guest): Promise<boolean> =>
  (await guest.exec("ip -o addr show dev eth0")).stdout.includes(` ${VIP}/`);

/** As the daemon told systemd; nothing where the unit is not active. */
const roleOf = async (guest: Guest): Promise<string> =>
  (
    await guest.exec("systemctl is-active -q baton && systemctl show baton --value -p StatusText")
  ).stdout.trim();

const tapOf = (name: DirectorName, link: number): string => `${name}-tap${link}`;

/** The guests' cables: eth0 ends at the clients' bridge, eth1 at one of the directors' own. */
async function wire(network: Network): Promise<void> {
  const bridge = "type bridge stp_state 0 forward_delay 0 mcast_snooping 0";
  const taps = DIRECTORS.flatMap((name) =>
    [0, 1].flatMap((link) => [
      `tuntap add ${tapOf(name, link)} mode tap`,
      `link set ${tapOf(name, link)} master br${link} up`,
    ]),
  );
  const lines = [`link add br1 ${bridge}`, "link set br1 up", ...taps];
  await must(["ip", "-n", network.wire, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

interface Making extends PairOptions {
  readonly network: Network;
  /** The image. */
  readonly root: string;
}

async function create(name: DirectorName, making: Making): Promise<Guest> {
  const { network, root, disk, furnish } = making;
  const octet = name === "lb1" ? "01" : "02";
  const guest = new Guest({
    name,
    image: root,
    namespace: network.wire,
    disk,
    cables: [0, 1].map((link) => ({
      tap: tapOf(name, link),
      mac: `02:00:00:0a:${octet}:0${link}`,
    })),
  });
  installHost(guest, name);
  furnish(guest, name);
  guest.install("usr/lib/lab/echo.js", readFileSync(await programFile("echo")));
  guest.install("usr/lib/lab/package.json", '{ "type": "module" }\n');
  return guest;
}

/** The host's own name, addresses, and a program that answers probes. */
function installHost(guest: Guest, name: DirectorName): void {
  const id = name === "lb1" ? "1" : "2";
  guest.install("etc/hostname", `${name}\n`);
  guest.install("etc/machine-id", `${id.repeat(32)}\n`);
  const unit = (text: string, file: string, wantedBy: string): void => {
    guest.install(`etc/systemd/system/${file}`, text);
    guest.install(`etc/systemd/system/${wantedBy}.d/${file}.conf`, `[Unit]\nWants=${file}\n`);
  };
  const links = [ADDRESS[name], SYNC[name]].flatMap((address, link) => [
    `ExecStart=/bin/ip link set vec${link} name eth${link} up`,
    `ExecStart=/bin/ip address add ${address}/24 dev eth${link}`,
  ]);
  const network = ["[Unit]", "Before=network.target network-online.target", "[Service]"];
  const once = ["Type=oneshot", "RemainAfterExit=yes", ...links, ""];
  unit([...network, ...once].join("\n"), "lab-network.service", "network-online.target");
  const echo = `/usr/bin/node /usr/lib/lab/echo.js ${name} ${ECHO_PORT}`;
  // It answers until the host is off, so that probes see the VIP and not this program.
  const lines = ["[Unit]", "After=lab-network.service", "IgnoreOnIsolate=yes"];
  const text = [...lines, "DefaultDependencies=no", "[Service]", `ExecStart=${echo}`, ""].join(
    "\n",
  );
  unit(text, "lab-echo.service", "multi-user.target");
}

/** As a package does it: the program, its command, its units, the configuration. */
export function installBaton(guest: Guest): void {
  const dist = dirname(batonFile());
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!/\.(?:js|node|json)$/.test(file)) continue;
    guest.install(join("usr/lib/baton", file), readFileSync(join(dist, file)));
  }
  const command = '#!/bin/sh\nexec /usr/bin/node /usr/lib/baton/baton.js "$@"\n';
  guest.install("usr/bin/baton", command, 0o755);
  for (const unit of readdirSync(join(ROOT, "systemd"))) {
    const text = readFileSync(join(ROOT, "systemd", unit));
    guest.install(`usr/lib/systemd/system/${unit}`, text);
  }
  configureBaton(guest);
  guest.install(
    "etc/systemd/system/multi-user.target.d/baton.conf",
    "[Unit]\nWants=baton.service\n",
  );
}

export function configureBaton(guest: Guest): void {
  guest.install("etc/baton/baton.yaml", CONFIG);
  guest.install("etc/baton/heartbeat.key", "a key of the tests, of no other network\n", 0o600);
}

/** A dr server accepts the VIP and never speaks of it: no ARP answer, no ARP question from it. */
async function startServer(network: Network): Promise<void> {
  const quiet = ["all", "eth0"].flatMap((link) => [
    `net.ipv4.conf.${link}.arp_ignore=1`,
    `net.ipv4.conf.${link}.arp_announce=2`,
  ]);
  await network.must("rs1", ["sysctl", "-qw", ...quiet]);
  await network.ip("rs1", `addr add ${VIP}/32 dev lo`);
  const program = await programFile("server");
  const argv = [process.execPath, program, "rs1", "0.0.0.0", String(SERVICE_PORT)];
  await network.spawn("rs1", argv).line(/ready/);
}

/** Properties of the unit, as `systemctl show` knows them. */
export async function unit(guest: Guest, ...names: readonly string[]): Promise<Properties> {
  const text = await guest.must(`systemctl show baton ${names.map((n) => `-p ${n}`).join(" ")}`);
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s, 2)),
  );
}

type Properties = Readonly<Record<string, string>>;

/** Ends right after a beat of a master: whether its successor adopts depends on when it died
 * between two of them. */
export const AFTER_BEAT = `beat=$(cat /run/baton/beat)
until [ "$(cat /run/baton/beat)" != "$beat" ]; do sleep 0.05; done`;

/** What a client saw of the VIP while something happened. */
export async function watched(
  pair: Pair,
  act: (probe: Probe) => Promise<unknown>,
): Promise<Report> {
  const probe = await pair.probe();
  await Promise.any(DIRECTORS.map((name) => probe.answeredBy(name)));
  await act(probe);
  return probe.stop();
}

/** Waits until one director alone has the VIP, and the client has heard from it. */
export async function handedTo(
  pair: Pair,
  probe: Probe,
  successor: DirectorName,
  timeout: number,
): Promise<void> {
  const alone = async (): Promise<boolean> => (await pair.owners()).join() === successor;
  await eventually(`${successor} alone has the VIP`, alone, { timeout, interval: 100 });
  await probe.answeredBy(successor);
}

/** What units wrote to the journal since this boot. */
export const journal = (guest: Guest, unitName = "baton"): Promise<string> =>
  guest.must(`journalctl --no-pager -b -o cat -u ${unitName}`);
