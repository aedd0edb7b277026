/** A host that fits a file, and what is said of one that does not. */
import type { Ip } from "../../../src/base/ip.ts";
import { checkHost, type HostAddress, type HostFacts } from "../../../src/config/host.ts";
import { parse } from "../../../src/config/load.ts";
import { formatProblem, locateProblems } from "../../../src/config/report.ts";

export const FILE = `directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131 }
heartbeat: { secretFile: /etc/baton/heartbeat.key }
instances:
  web: { routerId: 51, interface: eth0, vips: [192.168.60.100] }
connectionSync: { interface: eth1 }
services:
  http: { listen: tcp 192.168.60.100:80, servers: [192.168.60.136] }
`;

export const link = (name: string, changes = {}): HostFacts["links"][number] => ({
  name,
  up: true,
  running: true,
  loopback: name === "lo",
  kind: undefined,
  mac: undefined,
  ...changes,
});

export const on = (text: string, name: string, label = name): HostAddress => {
  const [address = "", prefix] = text.split("/");
  return { interface: name, label, address: address as Ip, prefix: Number(prefix) };
};

export const LO = on("127.0.0.1/8", "lo");
export const ETH0 = on("192.168.60.130/24", "eth0");
export const ETH1 = on("10.9.9.130/24", "eth1");

export const HOST: HostFacts = {
  links: [link("lo"), link("eth0"), link("eth1")],
  addresses: [LO, ETH0, ETH1],
  hostname: "director-one",
  uid: 0,
  capabilities: { netAdmin: true, netRaw: true, setUser: true },
  ipvs: true,
  secretFile: { kind: "present", mode: 0o100600, size: 65 },
  files: {},
  users: {},
  portBusy: false,
  as: undefined,
};

interface Seen {
  readonly self: string | undefined;
  readonly reports: readonly string[];
}

export function see(changes: Partial<HostFacts>, file: string = FILE): Seen {
  const loaded = parse(file);
  if (loaded.kind !== "valid") throw new Error(JSON.stringify(loaded.problems));
  const { self, problems } = checkHost(loaded.config, { ...HOST, ...changes });
  const located = locateProblems(problems, loaded.locate);
  return { self, reports: located.map((problem) => formatProblem(problem, "f")) };
}
