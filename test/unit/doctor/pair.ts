/** A pair on a host that fits it, and what doctor says when something is different. */
import type { Ip } from "../../../src/base/ip.ts";
import { parse } from "../../../src/config/load.ts";
import { examineHost, examinePair } from "../../../src/doctor/examine.ts";
import { type Facts, type Pair, seen } from "../../../src/doctor/facts.ts";
import type { Finding } from "../../../src/doctor/finding.ts";
import { NO_RULES } from "../../../src/doctor/firewall/ruleset.ts";
import type { Mac } from "../../../src/wire/link/ethernet.ts";
import type { Link } from "../../../src/wire/rtnl/link.ts";

export const FILE = `directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131 }
heartbeat: { secretFile: /etc/baton/heartbeat.key }
instances:
  web: { routerId: 51, interface: eth0, vips: [192.168.60.100] }
connectionSync: { interface: eth1 }
services:
  http:
    listen: tcp 192.168.60.100:80
    scheduler: wlc
    check: { type: tcp }
    servers: [192.168.60.136]
`;

export const MACS = {
  lb1: "02:00:00:00:01:00",
  lb2: "02:00:00:00:02:00",
  server: "02:00:00:00:36:00",
  stranger: "02:00:00:00:99:00",
} as const;

export const VIP = "192.168.60.100" as Ip;
export const OWN = "192.168.60.130" as Ip;
export const PEER = "192.168.60.131" as Ip;
export const SERVER = "192.168.60.136" as Ip;

export const link = (name: string, changes: Partial<Link> = {}): Link => ({
  index: name === "lo" ? 1 : Number(name.at(-1)) + 2,
  name,
  up: true,
  running: true,
  loopback: name === "lo",
  multicast: true,
  mac: MACS.lb1 as Mac,
  mtu: 1500,
  kind: undefined,
  master: undefined,
  lower: undefined,
  ...changes,
});

export const on = (
  text: string,
  name: string,
  changes: Partial<Facts["addresses"][number]> = {},
): Facts["addresses"][number] => {
  const [address = "", prefix] = text.split("/");
  const where = { interface: name, label: name, address: address as Ip, prefix: Number(prefix) };
  return { ...where, validSeconds: undefined, dadFailed: false, ...changes };
};

export const route = (text: string, name: string, via?: string): Facts["routes"][number] => {
  const [address = "", prefix] = text.split("/");
  const to = { address: address as Ip, prefix: Number(prefix) };
  return { to, via: via as Ip | undefined, interface: name, metric: 0 };
};

export const answer = (
  address: string,
  macs: readonly string[],
  name = "eth0",
): Facts["answers"][number] => ({
  address: address as Ip,
  interface: name,
  macs: seen(macs),
});

export const ANSWERS = [
  answer(VIP, []),
  answer(OWN, []),
  answer(PEER, [MACS.lb2]),
  answer(SERVER, [MACS.server]),
];

export const FACTS: Facts = {
  uid: 0,
  kernel: "6.12.1",
  links: [link("lo"), link("eth0"), link("eth1")],
  addresses: [on("127.0.0.1/8", "lo"), on(`${OWN}/24`, "eth0"), on("10.9.9.130/24", "eth1")],
  routes: [
    route("192.168.60.0/24", "eth0"),
    route("10.9.9.0/24", "eth1"),
    route("0.0.0.0/0", "eth0", "192.168.60.1"),
  ],
  sysctls: {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.eth0.rp_filter": "1",
    "net.ipv4.conf.all.arp_ignore": "0",
    "net.ipv4.conf.eth0.arp_ignore": "0",
    "net.ipv4.conf.all.send_redirects": "1",
    "net.ipv4.conf.eth0.send_redirects": "1",
    "net.ipv6.conf.all.disable_ipv6": "0",
    "net.ipv6.conf.eth0.disable_ipv6": "0",
    "net.ipv4.vs.sync_threshold": "3 50",
    "net.ipv4.vs.expire_nodest_conn": "0",
    "net.ipv4.vs.conn_reuse_mode": "1",
    "net.ipv4.vs.sloppy_tcp": "0",
    "net.ipv4.vs.conntrack": "0",
    "net.netfilter.nf_conntrack_count": "12",
    "net.netfilter.nf_conntrack_max": "65536",
  },
  modules: {
    states: { ip_vs: "loaded", ip_vs_wlc: "loaded" },
    otherKernels: [],
    locked: false,
  },
  processes: [{ pid: 1, name: "systemd", words: ["/sbin/init"] }],
  managed: [],
  networkd: undefined,
  neighbours: [],
  groups: [],
  clock: seen({ synchronised: true, by: "chronyc" }),
  space: [{ path: "/var/lib/baton", freeBytes: 1e9, freeFiles: 100_000 }],
  daemon: { kind: "none" },
  firewall: { nft: seen(NO_RULES), legacyTables: [] },
  secret: seen({ path: "/etc/baton/heartbeat.key", shortest: 32 }),
  answers: ANSWERS,
  adverts: [{ interface: "eth0", seconds: 3, heard: seen([]) }],
  bridges: [],
};

export function pairOf(changes: Partial<Facts> = {}, file: string = FILE): Pair {
  const loaded = parse(file);
  if (loaded.kind !== "valid") throw new Error(JSON.stringify(loaded.problems));
  const { config, digest } = loaded;
  return { config, digest, self: config.directors[0], facts: { ...FACTS, ...changes } };
}

export function findings(changes: Partial<Facts> = {}, file: string = FILE): readonly Finding[] {
  const pair = pairOf(changes, file);
  return [...examineHost(pair.facts), ...examinePair(pair)];
}

/** `severity code` of everything that is not fine and not the same on the host that fits. */
export function differences(changes: Partial<Facts>, file: string = FILE): readonly string[] {
  const usual = new Set(findings({}, file).map(nameOf));
  return findings(changes, file)
    .map(nameOf)
    .filter((name) => !name.startsWith("ok ") && !usual.has(name));
}

export const nameOf = ({ severity, code }: Finding): string => `${severity} ${code}`;

export const find = (all: readonly Finding[], code: string): Finding => {
  const found = all.find((one) => one.code === code);
  if (!found) throw new Error(`no ${code} among ${all.map(nameOf).join(", ")}`);
  return found;
};

export const sysctls = (changes: Readonly<Record<string, string>>): Partial<Facts> => ({
  sysctls: { ...FACTS.sysctls, ...changes },
});
