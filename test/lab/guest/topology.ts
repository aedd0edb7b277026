/** A client, two directors and two real servers, as dr or nat wants them. */
import { buildNetwork, type HostSpecs, type Network } from "../../support/network.ts";
import type { Running } from "../../support/process.ts";
import { programFile } from "../../support/programs.ts";

export const VIP = "192.168.60.100";
/** Where the real servers of a nat pair send their answers. */
export const INSIDE_VIP = "10.60.0.100";
export const SERVICE_PORT = 80;
export const DIRECTORS = ["lb1", "lb2"] as const;
export const SERVERS = ["rs1", "rs2"] as const;

export type Variant = "dr" | "nat";

const SYNC = { lb1: "10.99.0.130/24", lb2: "10.99.0.131/24" };

/** eth0 is the service network, eth1 the sync network, eth2 the inside of a nat pair. */
const HOSTS: Readonly<Record<Variant, HostSpecs>> = {
  dr: {
    client: { eth0: ["192.168.60.10/24"] },
    lb1: { eth0: ["192.168.60.130/24"], eth1: [SYNC.lb1] },
    lb2: { eth0: ["192.168.60.131/24"], eth1: [SYNC.lb2] },
    rs1: { eth0: ["192.168.60.136/24"] },
    rs2: { eth0: ["192.168.60.137/24"] },
  },
  nat: {
    client: { eth0: ["192.168.60.10/24"] },
    lb1: { eth0: ["192.168.60.130/24"], eth1: [SYNC.lb1], eth2: ["10.60.0.130/24"] },
    lb2: { eth0: ["192.168.60.131/24"], eth1: [SYNC.lb2], eth2: ["10.60.0.131/24"] },
    rs1: { eth2: ["10.60.0.136/24"] },
    rs2: { eth2: ["10.60.0.137/24"] },
  },
};

export const serverAddress = (server: "rs1" | "rs2", variant: Variant = "dr"): string =>
  `${variant === "dr" ? "192.168.60" : "10.60.0"}.${server === "rs1" ? 136 : 137}`;

export interface Topology {
  readonly network: Network;
  readonly variant: Variant;
  /** Answers on every real server; see support/programs/server.ts. */
  readonly servers: Readonly<Record<"rs1" | "rs2", Running>>;
}

export async function buildTopology(variant: Variant = "dr"): Promise<Topology> {
  const network = await buildNetwork(HOSTS[variant]);
  if (variant === "dr") await Promise.all(SERVERS.map((host) => hideVip(network, host)));
  else await routeInside(network);
  const [rs1, rs2] = await Promise.all([startServer(network, "rs1"), startServer(network, "rs2")]);
  return { network, variant, servers: { rs1, rs2 } };
}

/** A dr server accepts the VIP and never speaks of it: no ARP answer, no ARP question from it. */
async function hideVip(network: Network, host: string): Promise<void> {
  const quiet = ["all", "eth0"].flatMap((link) => [
    `net.ipv4.conf.${link}.arp_ignore=1`,
    `net.ipv4.conf.${link}.arp_announce=2`,
  ]);
  await network.must(host, ["sysctl", "-qw", ...quiet]);
  await network.ip(host, `addr add ${VIP}/32 dev lo`);
}

/** Real servers answer through the inside VIP, so the answers follow the master. */
async function routeInside(network: Network): Promise<void> {
  await Promise.all([
    ...SERVERS.map((host) => network.ip(host, `route add default via ${INSIDE_VIP}`)),
    ...DIRECTORS.map((host) => network.must(host, ["sysctl", "-qw", "net.ipv4.ip_forward=1"])),
  ]);
}

/** Starts the answering program of a real server. */
export async function startServer(network: Network, host: string): Promise<Running> {
  const program = await programFile("server");
  const port = String(SERVICE_PORT);
  const child = network.spawn(host, [process.execPath, program, host, "0.0.0.0", port]);
  await child.line(/ready/);
  return child;
}
