/** Real servers as far as they show from here, and what to look at on them. */
import { type Cidr, familyOf, hostPrefix, type Ip } from "../../base/ip.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";
import { linkOf, routerTo } from "../routes.ts";
import { answersFor } from "./answers.ts";
import { type ServerOf, serversBy } from "./forwarding.ts";

const { ok, note, error } = about("real servers");

export const serverRules = (pair: Pair): readonly Finding[] => [
  ...serversBy(pair, "dr").flatMap((server) => direct(server, pair)),
  ...homework(pair),
];

/** What makes a dr server take packets for a VIP, and keep silent about it. */
export function quietServer({ address }: Pick<Cidr, "address">): string {
  const host = `${address}/${hostPrefix(address)}`;
  if (familyOf(address) === 6) {
    return `ip address add ${host} dev lo nodad, and on no other interface`;
  }
  const values = "net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2";
  return `sysctl -w ${values}; ip address add ${host} dev lo`;
}

/** A frame is handed to it as it is: no router may be between. */
function direct({ service, address }: ServerOf, pair: Pair): readonly Finding[] {
  const { facts } = pair;
  const via = routerTo(facts, address);
  if (via !== undefined) {
    return [
      error("server-routed", `the dr server ${address} of ${service} is behind the router ${via}`, {
        why: "Direct routing reaches neighbours only: the router would send the packet back.",
        remedy: "Use forward: tunnel or nat for it, or put it on a network of the directors.",
      }),
    ];
  }
  const link = linkOf(facts.routes, facts.addresses, address);
  const found = link === undefined ? undefined : answersFor(address, link, pair);
  if (found?.kind !== "seen") return [];
  if (found.value.length > 0) return [ok("server", `${address} of ${service} answers on ${link}`)];
  return [
    note("server-silent", `nobody answers for the server ${address} of ${service} on ${link}`, {
      why: "It is off, or on another network than its address says.",
      remedy: `baton explain ${address}`,
    }),
  ];
}

/** What only the server itself can tell. */
function homework(pair: Pair): readonly Finding[] {
  const vips = vipsOf(pair);
  const some = [...vips].slice(0, 1)[0];
  if (some === undefined) return [];
  const findings: Finding[] = [];
  const dr = serversBy(pair, "dr");
  if (dr.length > 0) {
    findings.push(
      note(
        "server-lo-unseen",
        `whether the ${dr.length} dr server(s) have the VIP on lo can not be seen from here`,
        {
          why: "A server without it drops what the director hands it: its clients wait in vain.",
          remedy: `On each server: ip -o address show to ${some}; sysctl net.ipv4.conf.all.arp_ignore (1) net.ipv4.conf.all.arp_announce (2)`,
        },
      ),
    );
  }
  if (serversBy(pair, "tunnel").length > 0) {
    findings.push(
      note("server-tunnel-unseen", "whether the tunnel servers unpack can not be seen from here", {
        why: "They need the tunnel's device up, the VIP on it, and rp_filter off there.",
        remedy: `On each server: ip link set tunl0 up; ip address add ${some} dev tunl0; sysctl -w net.ipv4.conf.tunl0.rp_filter=0`,
      }),
    );
  }
  if (serversBy(pair, "nat").length > 0) {
    findings.push(
      note(
        "server-gateway-unseen",
        "whether the nat servers answer through the director can not be seen from here",
        {
          why: "An answer that goes another way has the wrong source: the client drops it.",
          remedy:
            "On each server: ip route get CLIENT has to show a VIP of the directors as the gateway.",
        },
      ),
    );
  }
  return findings;
}

const vipsOf = ({ config }: Pair): ReadonlySet<Ip> =>
  new Set(
    config.services.flatMap(({ service }) =>
      service.key.kind === "address"
        ? [service.key.address]
        : config.instances.flatMap(({ vips }) => vips.map(({ address }) => address)),
    ),
  );
