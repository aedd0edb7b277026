/** Kernel parameters that the chosen ways of forwarding need. */
import { type Family, familyOf, type Ip } from "../../base/ip.ts";
import type { Forward } from "../../wire/ipvs/types.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding, type Fix, sysctl } from "../finding.ts";
import { defaultRoute, linkOf } from "../routes.ts";
import { ofLink } from "../sysctl-names.ts";

const { ok, note, warning, error } = about("routing");

export interface ServerOf {
  readonly service: string;
  readonly address: Ip;
  readonly forward: Forward;
}

/** Every real server with its way of forwarding, once each. */
export function serversBy({ config }: Pair, forward: Forward): readonly ServerOf[] {
  const all = config.services.flatMap(({ name, servers, fallback }) =>
    [...servers, ...fallback].map((one) => ({ ...one, service: name })),
  );
  const unique = new Map(
    all.filter((one) => one.forward === forward).map((one) => [one.address, one] as const),
  );
  return [...unique.values()].map(({ service, address }) => ({ service, address, forward }));
}

export const forwardingRules = (pair: Pair): readonly Finding[] => [
  ...([4, 6] as const).flatMap((family) => forwards(pair, family)),
  ...redirects(pair),
];

const SWITCH = { 4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding" } as const;

/** What a server answers is forwarded by the ordinary way of the kernel. */
function forwards(pair: Pair, family: Family): readonly Finding[] {
  const servers = serversBy(pair, "nat").filter(({ address }) => familyOf(address) === family);
  const [first] = servers;
  if (first === undefined) return [];
  const name = SWITCH[family];
  const value = pair.facts.sysctls[name];
  if (value === undefined) return [];
  if (value === "0") {
    return [
      error("ip-forward", `${name} is 0, and service ${first.service} forwards by nat`, {
        why: "The answers of the servers come through this host, which then drops them.",
        ...switchOn(pair, name),
      }),
    ];
  }
  return [ok("ip-forward", `${name} is ${value}`), ...perLink(pair, servers, family)];
}

/** Where the default route comes from router advertisements, forwarding throws it away: not by
 * `--fix`, and accept_ra goes first. */
function switchOn({ facts }: Pair, name: string): { fix?: Fix; remedy?: string } {
  const link = name === SWITCH[6] ? defaultRoute(facts.routes, 6)?.interface : undefined;
  const accept = link === undefined ? "" : ofLink(6, link, "accept_ra");
  if (facts.sysctls[accept] !== "1") return { fix: sysctl(name, "1") };
  return { remedy: `sysctl -w ${accept}=2 ${name}=1` };
}

/** `all` was set before the interface came, or somebody switched that one off. */
function perLink(
  { facts }: Pair,
  servers: readonly ServerOf[],
  family: Family,
): readonly Finding[] {
  const links = servers.map(({ address }) => linkOf(facts.routes, facts.addresses, address));
  return [...new Set(links)].flatMap((link) => {
    if (link === undefined) return [];
    const name = ofLink(family, link, "forwarding");
    if (facts.sysctls[name] !== "0") return [];
    return error("ip-forward-link", `${name} is 0, and servers behind nat are on ${link}`, {
      why: "What they answer is not forwarded from that interface.",
      fix: sysctl(name, "1"),
    });
  });
}

/** Only where a packet would leave by the interface that it came in by. */
function redirects(pair: Pair): readonly Finding[] {
  const { facts, config } = pair;
  const vips = config.instances.flatMap(({ vips: all }) => all);
  const links = serversBy(pair, "nat").flatMap(({ address }) => {
    if (familyOf(address) !== 4) return [];
    const link = linkOf(facts.routes, facts.addresses, address);
    const shared = vips.some((vip) => vip.interface === link && familyOf(vip.address) === 4);
    return link !== undefined && shared ? [link] : [];
  });
  return [...new Set(links)].flatMap((link) => oneArm(pair, link));
}

function oneArm({ facts }: Pair, link: string): readonly Finding[] {
  const names = ["all", link].map((one) => ofLink(4, one, "send_redirects"));
  const on = names.filter((name) => facts.sysctls[name] === "1");
  const clients = note("nat-one-arm", `servers behind nat are on ${link}, as the VIPs are`, {
    why: "A client of that network gets its answer from the server directly, and drops it.",
    remedy: `On each server, route that network through the director as well: ip route replace NETWORK via THE_VIP_OF_THE_GATEWAY`,
  });
  const redirecting = on.map((name) =>
    warning("send-redirects", `${name} is 1`, {
      why: "On one arm the director tells servers by ICMP to bypass it, and their answers are lost.",
      fix: sysctl(name, "0"),
    }),
  );
  return [clients, ...redirecting];
}
