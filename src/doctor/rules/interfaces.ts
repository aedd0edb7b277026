/** What the interfaces of a configuration are like, beside being there and up. */
import type { Config } from "../../config/types.ts";
import type { Link } from "../../wire/rtnl/link.ts";
import type { Facts, Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const { ok, note, warning } = about("interfaces");

/** Those that carry VIPs. */
export const serviceLinks = ({ instances }: Config): readonly string[] => [
  ...new Set(instances.flatMap((one) => [one.interface, ...one.vips.map((v) => v.interface)])),
];

/** Interfaces with an address of this director. */
export const pathLinks = ({ self, facts }: Pair): readonly string[] => [
  ...new Set(
    (self?.paths ?? []).flatMap(({ address }) => {
      const here = facts.addresses.find((found) => found.address === address);
      return here === undefined ? [] : [here.interface];
    }),
  ),
];

export function interfaceRules(pair: Pair): readonly Finding[] {
  const { config, facts } = pair;
  const sync = config.connectionSync?.interface;
  const names = [
    ...serviceLinks(config),
    ...pathLinks(pair),
    ...(sync === undefined ? [] : [sync]),
  ];
  return [...new Set(names)].flatMap((name) => {
    const link = facts.links.find((one) => one.name === name);
    return link === undefined ? [] : [...working(link), ...portOf(link, facts)];
  });
}

function working({ name, up, running, kind, mtu }: Link): readonly Finding[] {
  if (!up || !running) return [];
  const what = kind === undefined ? "" : ` (${kind})`;
  return [ok("interface", `${name}${what} is up with a carrier, MTU ${mtu}`)];
}

/** Frames that come in on a port are its master's. */
function portOf(link: Link, { links }: Facts): readonly Finding[] {
  const master = links.find(({ index }) => index === link.master);
  if (master === undefined) return [];
  if (master.kind === "vrf") {
    return [
      note("interface-vrf", `${link.name} is in the VRF ${master.name}`, {
        why: "Its routes are in another table, which doctor did not look at.",
      }),
    ];
  }
  return [
    warning("interface-port", `${link.name} is a port of ${master.name} (${master.kind ?? "?"})`, {
      why: `What comes in belongs to ${master.name}: an address on a port is not answered for.`,
      remedy: `Name ${master.name} in the configuration.`,
    }),
  ];
}
