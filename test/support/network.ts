/** A network of hosts that are network namespaces, joined by bridges, with faults on demand. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { must, type Result, type Running, type RunOptions, run, start } from "./process.ts";

/** Link name (`eth0`, `eth1` …) → its addresses with prefix; `ethN` is a port of bridge N. */
export type HostSpec = Readonly<Record<string, readonly string[]>>;
export type HostSpecs = Readonly<Record<string, HostSpec>>;

const PREFIX = "bt";
const NETNS_FOLDER = "/run/netns";
let created = 0;

const live = new Set<Network>();
process.on("exit", () => {
  for (const network of live) network.closeNow();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => process.exit(130));
}

/** Where a link of a host ends at the bridge. */
const portOf = (host: string, link = "eth0"): string => `${host}-${bridgeNumber(link)}`;
const bridgeNumber = (link: string): string => /^eth(\d)$/.exec(link)?.[1] ?? "0";

/** Builds the hosts; each has `lo` up, and IPv6 addresses that are usable at once. */
export async function buildNetwork(hosts: HostSpecs): Promise<Network> {
  sweep();
  const network = new Network(hosts, `${PREFIX}${process.pid}-${created++}`);
  live.add(network);
  try {
    await network.build();
  } catch (error) {
    await network.close();
    throw error;
  }
  return network;
}

/** Namespaces whose makers are dead are nobody's. */
function sweep(): void {
  if (!existsSync(NETNS_FOLDER)) return;
  for (const name of readdirSync(NETNS_FOLDER)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) {
      spawnSync("ip", ["netns", "del", name]);
    }
  }
}

export class Network {
  readonly #hosts: HostSpecs;
  readonly #prefix: string;
  readonly #wire: string;
  readonly #children = new Set<Running>();
  /** Pairs `from>to` of ports between which frames are dropped. */
  readonly #dropped = new Set<string>();
  /** `ip` that waits for commands, so that a fault happens when it is asked for. */
  #hand: Running | undefined;

  constructor(hosts: HostSpecs, prefix: string) {
    this.#hosts = hosts;
    this.#prefix = prefix;
    this.#wire = `${prefix}-wire`;
  }

  /** The namespace of the bridges `br0`, `br1` …, for cables that end elsewhere. */
  get wire(): string {
    return this.#wire;
  }

  /** The host's namespace, as `ip netns` names it. */
  namespace(host: string): string {
    if (!(host in this.#hosts)) throw new Error(`no host ${host}`);
    return `${this.#prefix}-${host}`;
  }

  /** Locally administered: 02:00:00:00:HOST:LINK, hosts counted from 1. */
  mac(host: string, link = "eth0"): string {
    const index = Object.keys(this.#hosts).indexOf(host) + 1;
    const hex = (value: number): string => value.toString(16).padStart(2, "0");
    return `02:00:00:00:${hex(index)}:${hex(Number(bridgeNumber(link)))}`;
  }

  async build(): Promise<void> {
    const names = Object.keys(this.#hosts);
    const namespaces = [this.#wire, ...names.map((host) => this.namespace(host))];
    await batch(namespaces.map((name) => `netns add ${name}`));
    // The bridges' side speaks no IPv6 of its own: a port that is cut off must be silent.
    await must(["ip", "netns", "exec", this.#wire, "sysctl", "-qw", ...NO_IPV6]);
    await batch(this.#wiring(), this.#wire);
    await Promise.all(names.map((host) => this.#configure(host)));
    await this.#applyDrops();
    this.#hand = start(["ip", "-n", this.#wire, "-force", "-batch", "-"]);
  }

  /** The host is switched off and on again: its kernel has forgotten everything. End its programs
   * before. */
  async replace(host: string): Promise<void> {
    const ports = Object.keys(this.#hosts[host] ?? {}).map((link) => portOf(host, link));
    await batch(
      ports.map((port) => `link del ${port}`),
      this.#wire,
    );
    const name = this.namespace(host);
    await batch([`netns del ${name}`, `netns add ${name}`]);
    await batch(this.#cables(host), this.#wire);
    await this.#configure(host);
  }

  #wiring(): readonly string[] {
    const hosts = Object.keys(this.#hosts);
    const links = Object.values(this.#hosts).flatMap((spec) => Object.keys(spec));
    const bridges = [...new Set(links.map(bridgeNumber))].flatMap((bridge) => {
      const type = "type bridge stp_state 0 forward_delay 0 mcast_snooping 0";
      return [`link add br${bridge} ${type}`, `link set br${bridge} up`];
    });
    return [...bridges, ...hosts.flatMap((host) => this.#cables(host))];
  }

  #cables(host: string): readonly string[] {
    return Object.keys(this.#hosts[host] ?? {}).flatMap((link) => this.#cable(host, link));
  }

  #cable(host: string, link: string): readonly string[] {
    const port = portOf(host, link);
    const peer = `${link} address ${this.mac(host, link)} netns ${this.namespace(host)}`;
    return [
      `link add ${port} type veth peer name ${peer}`,
      `link set ${port} master br${bridgeNumber(link)} up`,
    ];
  }

  async #configure(host: string): Promise<void> {
    const links = Object.keys(this.#hosts[host] ?? {});
    const lines = links.flatMap((link) => this.#addressed(host, link));
    await batch(["link set lo up", ...lines], this.namespace(host));
  }

  #addressed(host: string, link: string): readonly string[] {
    const addresses = this.#hosts[host]?.[link] ?? [];
    const lines = addresses.map((address) => {
      const flags = address.includes(":") ? " nodad" : "";
      return `address add ${address} dev ${link}${flags}`;
    });
    return [`link set ${link} up`, ...lines];
  }

  /** Runs a command on a host to its end. */
  exec(host: string, argv: readonly string[], options?: RunOptions): Promise<Result> {
    return run(["ip", "netns", "exec", this.namespace(host), ...argv], options);
  }

  /** Runs a command on a host that has to succeed. */
  must(host: string, argv: readonly string[], options?: RunOptions): Promise<string> {
    return must(["ip", "netns", "exec", this.namespace(host), ...argv], options);
  }

  /** Runs lines of `ip -batch` on a host. */
  ip(host: string, ...lines: readonly string[]): Promise<string> {
    return batch(lines, this.namespace(host));
  }

  /** Starts a command on a host; it dies with this process at the latest. */
  spawn(host: string, argv: readonly string[], options?: RunOptions): Running {
    const guarded = ["setpriv", "--pdeathsig", "KILL", "--", ...argv];
    const child = start(["ip", "netns", "exec", this.namespace(host), ...guarded], options);
    this.#children.add(child);
    void child.ended.then(() => this.#children.delete(child));
    return child;
  }

  /** The host vanishes: its carrier stays, no frame comes or goes. */
  cut(host: string, link = "eth0"): void {
    this.#now(`link set ${portOf(host, link)} nomaster`);
  }

  /** Undoes `cut`. */
  heal(host: string, link = "eth0"): void {
    this.#now(`link set ${portOf(host, link)} master br${bridgeNumber(link)}`);
  }

  /** `cut` on every link: what the others see of a power cut. */
  isolate(host: string): void {
    for (const link of Object.keys(this.#hosts[host] ?? {})) this.cut(host, link);
  }

  /** Undoes `isolate`. */
  rejoin(host: string): void {
    for (const link of Object.keys(this.#hosts[host] ?? {})) this.heal(host, link);
  }

  /** The cable is pulled: the host loses its carrier. */
  unplug(host: string, link = "eth0"): void {
    this.#now(`link set ${portOf(host, link)} down`);
  }

  plug(host: string, link = "eth0"): void {
    this.#now(`link set ${portOf(host, link)} up`);
  }

  /** The interface is gone, as when its driver is unloaded. */
  async remove(host: string, link = "eth0"): Promise<void> {
    await batch([`link del ${portOf(host, link)}`], this.#wire);
  }

  /** Undoes `remove`: another interface with the old name and addresses. */
  async restore(host: string, link = "eth0"): Promise<void> {
    await batch(this.#cable(host, link), this.#wire);
    await batch(this.#addressed(host, link), this.namespace(host));
  }

  /** Frames from one host to another are lost; the other direction works. */
  async dropOneWay(from: string, to: string, link = "eth0"): Promise<void> {
    this.#dropped.add(`${portOf(from, link)}>${portOf(to, link)}`);
    await this.#applyDrops();
  }

  /** The two groups do not hear each other; everybody else hears both. */
  async partition(left: readonly string[], right: readonly string[], link = "eth0"): Promise<void> {
    for (const a of left) {
      for (const b of right) {
        this.#dropped.add(`${portOf(a, link)}>${portOf(b, link)}`);
        this.#dropped.add(`${portOf(b, link)}>${portOf(a, link)}`);
      }
    }
    await this.#applyDrops();
  }

  /** Undoes every `dropOneWay` and `partition`. */
  async healDrops(): Promise<void> {
    this.#dropped.clear();
    await this.#applyDrops();
  }

  /** Whose MAC the host's neighbour cache has for an address: a host's name, or the MAC. */
  async neighbour(host: string, address: string): Promise<string | undefined> {
    const text = await this.must(host, ["ip", "neigh", "show", address]);
    const mac = /lladdr (\S+)/.exec(text)?.[1];
    const known = Object.keys(this.#hosts).find((name) => this.mac(name) === mac);
    return known ?? mac;
  }

  /** Whether the address is on the host now. */
  async holds(host: string, address: string): Promise<boolean> {
    const text = await this.must(host, ["ip", "-o", "addr", "show"]);
    return text.includes(` ${address}/`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()));
    this.closeNow();
  }

  /** Without waiting, for the end of the process. */
  closeNow(): void {
    live.delete(this);
    for (const child of this.#children) child.kill("SIGKILL");
    this.#hand?.kill("SIGKILL");
    const names = [this.#wire, ...Object.keys(this.#hosts).map((host) => this.namespace(host))];
    const input = names.map((name) => `netns del ${name}`).join("\n");
    spawnSync("ip", ["-force", "-batch", "-"], { input });
  }

  #now(line: string): void {
    this.#hand?.write(`${line}\n`);
  }

  async #applyDrops(): Promise<void> {
    const rules = [...this.#dropped].map((pair) => {
      const [from, to] = pair.split(">");
      return `    iifname "${from}" oifname "${to}" drop`;
    });
    const chain = ["type filter hook forward priority 0;", ...rules].join("\n");
    const table = `table bridge faults\ndelete table bridge faults\n
      table bridge faults {\n  chain forward {\n${chain}\n  }\n}\n`;
    await must(["ip", "netns", "exec", this.#wire, "nft", "-f", "-"], { input: table });
  }
}

const NO_IPV6 = ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"];

const batch = (lines: readonly string[], namespace?: string): Promise<string> =>
  must(["ip", ...(namespace === undefined ? [] : ["-n", namespace]), "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
  });
