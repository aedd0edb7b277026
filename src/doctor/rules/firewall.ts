/** What this host's firewall does with heartbeats, connection sync and clients. */
import { familyOf, type Ip } from "../../base/ip.ts";
import { serviceName } from "../../base/service.ts";
import type { Config } from "../../config/types.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";
import { type Judgement, judge } from "../firewall/judge.ts";
import type { Packet } from "../firewall/packet.ts";
import type { Chain, Ruleset } from "../firewall/ruleset.ts";

const { ok, warning, error, unjudged } = about("firewall");

const SYNC_GROUP = "224.0.0.81" as Ip;
const SYNC_PORT = 8848;

interface Traffic {
  readonly code: string;
  readonly what: string;
  readonly packet: Packet;
  /** Without it the pair itself does not work. */
  readonly vital: boolean;
}

export function firewallRules(pair: Pair): readonly Finding[] {
  const { nft, legacyTables } = pair.facts.firewall;
  const old =
    legacyTables.length === 0
      ? []
      : [
          unread(
            `the old iptables holds tables (${legacyTables.join(", ")}), which nft does not show`,
          ),
        ];
  if (nft.kind === "unseen") return [...old, unread(nft.why)];
  const traffic = trafficOf(pair);
  const judged = traffic.flatMap((one) => judgeOne(one, nft.value, pair));
  const bad = judged.filter(({ severity }) => severity !== "ok");
  if (bad.length > 0 || traffic.length === 0) return [...old, ...bad];
  return [...old, ok("firewall", "nftables lets heartbeats, connection sync and clients through")];
}

const unread = (why: string): Finding =>
  unjudged("firewall-unjudged", `the firewall could not be judged: ${why}`, {
    why: "A filter that drops heartbeats makes two masters.",
  });

const trafficOf = (pair: Pair): readonly Traffic[] => [
  ...heartbeats(pair),
  ...sync(pair),
  ...clients(pair),
];

/** Both ways, for each path and peer. */
function heartbeats({ config, self, facts }: Pair): readonly Traffic[] {
  const { heartbeat, directors } = config;
  const vrrp = heartbeat.transport === "vrrp";
  const port = vrrp ? undefined : heartbeat.port;
  return (self?.paths ?? []).flatMap(({ address: own }, i) =>
    directors.flatMap(({ name, paths }) => {
      const peer = paths[i]?.address;
      if (name === self?.name || peer === undefined) return [];
      const link = facts.addresses.find(({ address }) => address === own)?.interface;
      const base = {
        family: familyOf(own),
        interface: link,
        protocol: vrrp ? "vrrp" : "udp",
        sourcePort: port,
        port,
        state: "new",
      } as const;
      const kind = vrrp ? "advertisements (protocol 112)" : `heartbeats (UDP ${heartbeat.port})`;
      const group = groupOf(config, own);
      return [
        {
          code: "firewall-heartbeat-in",
          what: `${kind} from ${name} (${peer})`,
          packet: { ...base, direction: "in", source: peer, destination: group ?? own },
          vital: true,
        },
        {
          code: "firewall-heartbeat-out",
          what: `${kind} to ${name} (${peer})`,
          packet: { ...base, direction: "out", source: own, destination: group ?? peer },
          vital: true,
        },
      ] satisfies Traffic[];
    }),
  );
}

/** The group that the directors speak to; undefined: to each other's addresses. */
export function groupOf({ heartbeat, instances }: Config, own: Ip): Ip | undefined {
  if (heartbeat.transport === "udp") return heartbeat.multicast;
  const group = instances.flatMap(({ vrrp }) => (vrrp && !vrrp.unicast ? [vrrp.group] : []));
  return group.find((one) => familyOf(one) === familyOf(own));
}

function sync({ config }: Pair): readonly Traffic[] {
  const { connectionSync: wanted } = config;
  if (wanted === undefined) return [];
  const destination = wanted.group ?? SYNC_GROUP;
  const port = wanted.port ?? SYNC_PORT;
  const packet = {
    family: familyOf(destination),
    interface: wanted.interface,
    source: undefined,
    destination,
    protocol: "udp",
    sourcePort: undefined,
    port,
    state: "new",
  } as const;
  return (["in", "out"] as const).map((direction) => ({
    code: `firewall-sync-${direction}`,
    what: `connection sync (UDP ${port} ${direction === "in" ? "from" : "to"} the peer)`,
    packet: { ...packet, direction },
    vital: false,
  }));
}

function clients({ config }: Pair): readonly Traffic[] {
  return config.services.flatMap(({ name, service: { key } }) => {
    if (key.kind !== "address") return [];
    const vips = config.instances.flatMap(({ vips: all }) => all);
    const vip = vips.find(({ address }) => address === key.address);
    return {
      code: "firewall-service",
      what: `clients of service ${name} (${serviceName(key)})`,
      packet: {
        direction: "in",
        family: familyOf(key.address),
        interface: vip?.interface,
        source: undefined,
        destination: key.address,
        protocol: key.protocol,
        sourcePort: undefined,
        port: key.port === 0 ? undefined : key.port,
        state: "new",
      },
      vital: false,
    } satisfies Traffic;
  });
}

function judgeOne(traffic: Traffic, ruleset: Ruleset, pair: Pair): readonly Finding[] {
  const { code, what, packet } = traffic;
  const judgement = judge(ruleset, packet);
  switch (judgement.kind) {
    case "passes":
      return [ok(code, `nftables lets ${what} through`)];
    case "doubtful":
      return [
        unjudged(code, `whether nftables lets ${what} through could not be judged`, {
          why: doubtOf(judgement),
          remedy: "Look at the rule: nft -a list ruleset",
        }),
      ];
    case "dropped":
      return [dropped(traffic, judgement, { ruleset, pair })];
  }
}

function doubtOf({ by, unread }: Extract<Judgement, { kind: "doubtful" }>): string {
  const asks = `${unread} asks for something that is not known from outside`;
  return by === unread ? `${asks}, and may drop them.` : `${asks}; else ${by} drops them.`;
}

type Dropped = Extract<Judgement, { kind: "dropped" }>;

function dropped(
  { code, what, packet, vital }: Traffic,
  { by, chain }: Dropped,
  { ruleset, pair }: { readonly ruleset: Ruleset; readonly pair: Pair },
): Finding {
  const remedy = remedyFor(packet, chain, pair);
  const answered = judge(ruleset, { ...packet, state: "established" }).kind === "passes";
  if (answered && vital) {
    return warning(code, `nftables lets ${what} through as answers only: ${by} drops the first`, {
      why: "After a silence longer than connection tracking remembers, nothing comes in any more.",
      remedy,
    });
  }
  const why = vital
    ? "A director that does not hear its peer becomes master beside it."
    : "They are dropped before IPVS sees them.";
  return (vital ? error : warning)(code, `nftables drops ${what}: ${by}`, { why, remedy });
}

/** iptables-nft wants its tables for itself. */
const isOfIptables = ({ family, table, name }: Chain): boolean =>
  (family === "ip" || family === "ip6") && table === "filter" && name === name.toUpperCase();

/** Of whoever owns the rules, or they come back. */
function remedyFor({ protocol, port }: Packet, chain: Chain, { facts }: Pair): string {
  const what = port === undefined ? protocol : `${protocol} dport ${port}`;
  const runs = (name: string): boolean => facts.processes.some((one) => one.name === name);
  if (runs("firewalld") || chain.table === "firewalld") {
    const add =
      port === undefined ? `--add-protocol=${protocol}` : `--add-port=${port}/${protocol}`;
    return `firewall-cmd --permanent ${add} && firewall-cmd --reload`;
  }
  if (isOfIptables(chain)) {
    const program = chain.family === "ip6" ? "ip6tables" : "iptables";
    const dport = port === undefined ? "" : ` --dport ${port}`;
    return `${program} -I ${chain.name} -p ${protocol}${dport} -j ACCEPT`;
  }
  const match = port === undefined ? `meta l4proto ${what}` : what;
  return `nft insert rule ${chain.family} ${chain.table} ${chain.name} ${match} accept`;
}
