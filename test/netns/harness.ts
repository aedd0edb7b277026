/** The segment on which most tests play: two directors, a client, and a second network for sync. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildNetwork, type HostSpec, type Network } from "../support/network.ts";
import { type Probe, startEcho, startProbe } from "../support/probe.ts";

export const VIP = "192.168.60.100";
export const VIP6 = "fd00:60::100";

/** Last octet on the service network 192.168.60.0/24, and on fd00:60::/64. */
export const OCTET = { lb1: 130, lb2: 131, lb3: 132, client: 10 } as const;
export type HostName = keyof typeof OCTET;

export interface SegmentOptions {
  /** lb1, lb2 and client unless said otherwise. */
  readonly hosts?: readonly HostName[];
  /** A second network on eth1, 10.99.0.0/24 with the same last octets, not for the client. */
  readonly sync?: boolean;
  readonly ipv6?: boolean;
  /** Programs that answer probes on the directors. */
  readonly echo?: boolean;
}

export interface Segment {
  readonly network: Network;
  /** A folder of the host's own, for `--root`. */
  root(host: HostName): string;
  /** Probes an address from the client. */
  probe(address?: string, interval?: number): Promise<Probe>;
  close(): Promise<void>;
}

function specOf(host: HostName, options: SegmentOptions): HostSpec {
  const octet = OCTET[host];
  const eth0 = [`192.168.60.${octet}/24`, ...(options.ipv6 ? [`fd00:60::${octet}/64`] : [])];
  const sync = options.sync === true && host !== "client";
  return { eth0, ...(sync ? { eth1: [`10.99.0.${octet}/24`] } : {}) };
}

export async function createSegment(options: SegmentOptions = {}): Promise<Segment> {
  const hosts = options.hosts ?? ["lb1", "lb2", "client"];
  const folder = mkdtempSync(join(tmpdir(), "baton-segment-"));
  const specs = Object.fromEntries(hosts.map((host) => [host, specOf(host, options)]));
  const network = await buildNetwork(specs);
  if (options.echo) {
    const directors = hosts.filter((host) => host !== "client");
    await Promise.all(directors.map((host) => startEcho(network, host)));
  }
  return {
    network,
    root: (host) => join(folder, host),
    probe: (address = VIP, interval = 1) => startProbe(network, "client", { address, interval }),
    close: async () => {
      await network.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
