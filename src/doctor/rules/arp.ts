/** How this host answers ARP for a VIP, and which packets it takes for forged. */
import { contains, familyOf } from "../../base/ip.ts";
import type { Vip } from "../../config/types.ts";
import type { Facts, Pair } from "../facts.ts";
import { about, type Finding, sysctl } from "../finding.ts";
import { defaultRoute, linkOf } from "../routes.ts";
import { ofLink } from "../sysctl-names.ts";

const { ok, warning, error } = about("routing");

const STRICT = 1;

export function arpRules(pair: Pair): readonly Finding[] {
  const vips = pair.config.instances.flatMap(({ vips: all }) => all);
  const four = vips.filter(({ address }) => familyOf(address) === 4);
  const links = [...new Set(four.map((vip) => vip.interface))];
  return [
    ...links.flatMap((link) => [
      ...answering(link, four, pair.facts),
      ...flux(link, pair.facts),
      ...reverse(link, pair.facts),
    ]),
    ...strictPaths(pair),
  ];
}

/** The kernel takes the greater of `all` and the interface's. */
function effective(leaf: string, link: string, { sysctls }: Facts): number {
  const values = ["all", link].map((one) => Number(sysctls[ofLink(4, one, leaf)] ?? "0"));
  return Math.max(...values);
}

/** By which of the two names it is what it is. */
function nameOf(leaf: string, link: string, facts: Facts): string {
  const own = ofLink(4, link, leaf);
  const all = ofLink(4, "all", leaf);
  return Number(facts.sysctls[all] ?? "0") > Number(facts.sysctls[own] ?? "0") ? all : own;
}

/** Values of ip-sysctl: 2 answers its own network only, 3 not for host scope, 8 nobody. */
function answering(link: string, vips: readonly Vip[], facts: Facts): readonly Finding[] {
  const value = effective("arp_ignore", link, facts);
  const own = vips.filter((vip) => vip.interface === link);
  const hidden = own.filter((vip) => isHidden(vip, value));
  const [first] = hidden;
  if (first === undefined) return [ok("arp-ignore", `arp_ignore on ${link} is ${value}`)];
  const name = nameOf("arp_ignore", link, facts);
  return [
    error("arp-ignore", `${name} is ${value}: nobody gets an ARP answer for ${first.address}`, {
      why: "With it the kernel hides this VIP from its neighbours, also where this host is master.",
      fix: sysctl(name, "1"),
    }),
  ];
}

function isHidden({ prefix, manner }: Vip, value: number): boolean {
  if (value === 8) return true;
  if (value === 3) return manner?.scope === "host";
  return value === 2 && prefix === 32;
}

/** Two interfaces on one network: each answers for the other's addresses. */
function flux(link: string, facts: Facts): readonly Finding[] {
  if (effective("arp_ignore", link, facts) !== 0) return [];
  const own = facts.addresses.filter(
    (one) => one.interface === link && familyOf(one.address) === 4,
  );
  const twin = facts.addresses.find(
    (other) =>
      other.interface !== link &&
      own.some(
        (one) => one.prefix < 32 && one.prefix === other.prefix && contains(one, other.address),
      ),
  );
  if (twin === undefined) return [];
  const seen = `${link} and ${twin.interface} are on one network, and arp_ignore is 0`;
  const why =
    "Either answers ARP for a VIP with its own hardware address: clients reach the wrong one.";
  return ["arp_ignore", "arp_announce"].map((leaf) => {
    const value = leaf === "arp_ignore" ? "1" : "2";
    const fix = sysctl(ofLink(4, "all", leaf), value);
    return warning("arp-flux", seen, { why, fix });
  });
}

/** Strict: a packet has to come in by the interface that leads back to its source. */
function reverse(link: string, facts: Facts): readonly Finding[] {
  const value = effective("rp_filter", link, facts);
  const away = defaultRoute(facts.routes, 4);
  if (value !== STRICT) return [ok("rp-filter", `rp_filter on ${link} is ${value}`)];
  if (away === undefined || away.interface === link) {
    return [ok("rp-filter", `rp_filter on ${link} is 1, and the way back to clients is ${link}`)];
  }
  const name = nameOf("rp_filter", link, facts);
  return [
    warning("rp-filter", `${name} is 1, and the default route leaves by ${away.interface}`, {
      why: `Clients of other networks that come in by ${link} are dropped as forged, without a word.`,
      fix: sysctl(ofLink(4, link, "rp_filter"), "2"),
    }),
  ];
}

/** A peer whose way back is another interface than its heartbeats come in by. */
function strictPaths({ config, self, facts }: Pair): readonly Finding[] {
  const peers = config.directors.filter(({ name }) => name !== self?.name);
  return (self?.paths ?? []).flatMap((own, i) => {
    const here = facts.addresses.find(({ address }) => address === own.address);
    if (here === undefined || familyOf(own.address) !== 4) return [];
    if (effective("rp_filter", here.interface, facts) !== STRICT) return [];
    return peers.flatMap(({ name, paths }) => {
      const address = paths[i]?.address;
      const back = address && linkOf(facts.routes, facts.addresses, address);
      if (back === undefined || back === here.interface) return [];
      const away = `the route to ${name}'s ${address} leaves by ${back}`;
      const seen = `rp_filter on ${here.interface} is 1, and ${away}`;
      return error("rp-filter-heartbeat", seen, {
        why: `${name}'s heartbeats to ${own.address} are dropped as forged, without a word.`,
        fix: sysctl(ofLink(4, here.interface, "rp_filter"), "2"),
      });
    });
  });
}
