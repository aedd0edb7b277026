/** What happens to a host's addresses, and what a host hears on the wire, while a test goes on. */
import type { Network } from "../../support/network.ts";
import { eventually } from "../../support/process.ts";

export interface Watch {
  stop(): Promise<readonly string[]>;
}

/** Every IPv4 and IPv6 address that comes or goes, a line each, as `ip monitor` prints it. */
export async function watchAddresses(network: Network, host: string): Promise<Watch> {
  const monitor = network.spawn(host, ["ip", "-o", "monitor", "address"]);
  // The monitor says nothing when it is ready: an address of our own shows that it listens.
  const mark = "127.9.9.9/32";
  await eventually("ip monitor listens", async () => {
    await network.ip(host, `addr add ${mark} dev lo`, `addr del ${mark} dev lo`);
    return monitor.stdout().includes(`Deleted`);
  });
  return {
    stop: async () => {
      await monitor.stop();
      const lines = monitor.stdout().split("\n");
      return lines.filter((line) => line.trim() !== "" && !line.includes("127.9.9.9"));
    },
  };
}

export interface Announced {
  /** Milliseconds, by the kernel's clock of the capture. */
  readonly at: number;
  readonly address: string;
  readonly mac: string;
}

/** Gratuitous ARP and unsolicited neighbour advertisements that reach a host. */
export interface AnnouncementWatch {
  /** So far, in order. */
  heard(): readonly Announced[];
  stop(): Promise<readonly Announced[]>;
}

const ARP_OR_ADVERTISEMENT = "arp or (icmp6 and ip6[40] == 136)";

export async function watchAnnouncements(
  network: Network,
  host: string,
): Promise<AnnouncementWatch> {
  const argv = ["tcpdump", "-lnnetti", "eth0", "-B", "8192", "-v", ARP_OR_ADVERTISEMENT];
  const capture = network.spawn(host, argv);
  await eventually("tcpdump listens", () => capture.stderr().includes("listening"));
  // A packet of tcpdump -v may take several lines; those that go on are indented.
  const heard = (): readonly Announced[] =>
    capture
      .stdout()
      .replace(/\n[ \t]+/g, " ")
      .split("\n")
      .flatMap(announcement);
  return {
    heard,
    stop: async () => {
      await capture.stop();
      return heard();
    },
  };
}

function announcement(line: string): readonly Announced[] {
  const [, time, mac] = /^(\d+\.\d+) (\S+) > /.exec(line) ?? [];
  if (time === undefined || mac === undefined) return [];
  // Requests for oneself and replies to all both turn the neighbours; tcpdump words them apart.
  const request = /who-has (\S+).* tell (\S+?),/.exec(line);
  const gratuitous = request && request[1] === request[2] ? request[1] : undefined;
  const broadcastReply = /> ff:ff:ff:ff:ff:ff.* Reply (\S+) is-at/.exec(line)?.[1];
  const advertisement = /> ff02::1: .*tgt is ([0-9a-f:]+), Flags \[.*override/.exec(line)?.[1];
  const address = gratuitous ?? broadcastReply ?? advertisement;
  return address === undefined ? [] : [{ at: Number(time) * 1000, address, mac }];
}
