/** Reads the kernel parameters that the rules ask for. */
import { readdir } from "node:fs/promises";
import { readSysctl } from "../../os/sysctl.ts";
import { ofLink } from "../sysctl-names.ts";

const LEAVES = {
  4: ["arp_ignore", "arp_announce", "rp_filter", "send_redirects", "forwarding"],
  6: ["disable_ipv6", "accept_dad", "accept_ra"],
} as const;

const ALONE = [
  "net.ipv4.ip_forward",
  "net.ipv6.conf.all.forwarding",
  "net.netfilter.nf_conntrack_count",
  "net.netfilter.nf_conntrack_max",
] as const;

const IPVS = "net.ipv4.vs";

export async function readSysctls(
  links: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const perLink = ["all", ...links].flatMap((link) =>
    ([4, 6] as const).flatMap((family) => LEAVES[family].map((leaf) => ofLink(family, link, leaf))),
  );
  const ipvs = await readdir("/proc/sys/net/ipv4/vs").catch(() => []);
  const names = [...ALONE, ...perLink, ...ipvs.map((leaf) => `${IPVS}.${leaf}`)];
  const values = await Promise.all(
    names.map(async (name) => [name, await readSysctl(name).catch(() => undefined)] as const),
  );
  return Object.fromEntries(
    values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
