/** Whether multicast has a chance where heartbeats or adverts need it. */
import { familyOf, type Ip } from "../../base/ip.ts";
import type { Config } from "../../config/types.ts";
import type { BridgeFact, GroupOn, Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";
import { pathLinks } from "./interfaces.ts";

const { ok, note, warning, error } = about("peer");

/** The kernel's, where the file names none. */
const SYNC_GROUP = "224.0.0.81" as Ip;

/** Groups that this director has to hear, with their interfaces. */
function groupsOf(pair: Pair): readonly GroupOn[] {
  const { heartbeat, instances, connectionSync } = pair.config;
  const groups: GroupOn[] = [];
  if (heartbeat.transport === "udp" && heartbeat.multicast !== undefined) {
    for (const link of pathLinks(pair)) {
      groups.push({ group: heartbeat.multicast, interface: link });
    }
  }
  for (const { interface: link, vrrp } of instances) {
    if (vrrp && !vrrp.unicast) groups.push({ group: vrrp.group, interface: link });
  }
  if (connectionSync !== undefined) {
    const group = connectionSync.group ?? SYNC_GROUP;
    groups.push({ group, interface: connectionSync.interface });
  }
  return [...new Map(groups.map((one) => [`${one.group} ${one.interface}`, one])).values()];
}

export function multicastRules(pair: Pair): readonly Finding[] {
  const groups = groupsOf(pair);
  return [
    ...groups.flatMap((one) => [
      ...flagged(one, pair),
      ...joined(one, pair),
      ...bridged(one, pair.facts.bridges),
    ]),
    ...snooped(groups, pair.config),
  ];
}

function flagged({ group, interface: link }: GroupOn, { facts }: Pair): readonly Finding[] {
  const found = facts.links.find(({ name }) => name === link);
  if (found === undefined || found.multicast) return [];
  return [
    error("multicast-off", `${link} does no multicast, and ${group} is spoken there`, {
      why: "Neither director hears the other by that group.",
      remedy: `ip link set ${link} multicast on, or speak to addresses instead`,
    }),
  ];
}

/** While the daemon runs it is in its group; connection sync is the kernel's, and its own matter. */
function joined({ group, interface: link }: GroupOn, { config, facts }: Pair): readonly Finding[] {
  const spoken = group === config.heartbeat.multicast || config.heartbeat.transport === "vrrp";
  if (facts.daemon.kind !== "running" || !spoken || group === SYNC_GROUP) return [];
  const found = facts.groups.some((one) => one.group === group && one.interface === link);
  if (found) return [ok("multicast-joined", `this host is in ${group} on ${link}`)];
  return [
    error("multicast-joined", `this host is not in ${group} on ${link}, although baton runs`, {
      why: "What the peer says to the group does not come in.",
      remedy: `ip maddress show ${link}; the log of baton says why it could not join.`,
    }),
  ];
}

/** A bridge of this host is a switch that can be looked into. */
function bridged(
  { group, interface: link }: GroupOn,
  bridges: readonly BridgeFact[],
): readonly Finding[] {
  const bridge = bridges.find((one) => one.interface === link);
  if (bridge === undefined || !bridge.snooping || bridge.querier || isLocal(group)) return [];
  return [
    warning("igmp-no-querier", `the bridge ${bridge.bridge} snoops IGMP and asks nobody itself`, {
      why: `Without a querier on the network it forgets who listens to ${group} after some minutes.`,
      remedy: `ip link set ${bridge.bridge} type bridge mcast_querier 1`,
    }),
  ];
}

/** 224.0.0.0/24 and ff02::/16 are flooded by every switch that keeps to RFC 4541. */
const isLocal = (group: Ip): boolean =>
  familyOf(group) === 4 ? group.startsWith("224.0.0.") : group.startsWith("ff02:");

function snooped(groups: readonly GroupOn[], { heartbeat }: Config): readonly Finding[] {
  const far = groups.filter(({ group }) => !isLocal(group));
  const [first] = far;
  if (first === undefined || heartbeat.multicast === undefined) return [];
  return [
    note(
      "igmp-snooping",
      `heartbeats go to ${first.group}; the switches between can not be seen from here`,
      {
        why: "A switch that snoops IGMP without a querier stops them minutes after the start.",
        remedy:
          "Have a querier on that network, or leave heartbeat.multicast out: the pair then speaks to addresses.",
      },
    ),
  ];
}
