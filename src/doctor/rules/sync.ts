/** Whether connection sync fits its interface; `check` says where that is shared with VIPs. */
import { familyOf } from "../../base/ip.ts";
import type { ConnectionSync } from "../../config/types.ts";
import type { Link } from "../../wire/rtnl/link.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const { ok, warning, error } = about("connection sync");

/** IP and UDP headers by family. */
const HEADERS = { 4: 28, 6: 48 } as const;
/** What the kernel's master packs, whatever the interface (ip_vs_sync.c). */
const KERNEL_PACKET = 1500;

export function syncRules(pair: Pair): readonly Finding[] {
  const { config, facts } = pair;
  const sync = config.connectionSync;
  const link = facts.links.find(({ name }) => name === sync?.interface);
  if (sync === undefined || link === undefined) return [];
  return [...fits(sync, link), ...speaks(link), ...running(sync, pair)];
}

function fits(sync: ConnectionSync, { name, mtu }: Link): readonly Finding[] {
  const headers = HEADERS[sync.group === undefined ? 4 : familyOf(sync.group)];
  const length = sync.maxLength ?? KERNEL_PACKET - headers;
  if (length + headers <= mtu) {
    return [ok("sync-mtu", `messages of ${length} octets fit the MTU ${mtu} of ${name}`)];
  }
  const whose = sync.maxLength === undefined ? "the kernel's messages" : "maxLength: messages";
  return [
    warning("sync-mtu", `${whose} of ${length} octets do not fit the MTU ${mtu} of ${name}`, {
      why: "They go in fragments: a lost one costs dozens of connections, and many a filter drops them.",
      remedy: `Set connectionSync.maxLength: ${mtu - headers} on both directors, or raise the MTU.`,
    }),
  ];
}

const speaks = ({ name, multicast }: Link): readonly Finding[] =>
  multicast
    ? []
    : [
        error("sync-multicast", `${name} does no multicast`, {
          why: "Connection sync is multicast: the peer gets nothing.",
          remedy: `ip link set ${name} multicast on`,
        }),
      ];

function running({ interface: link }: ConnectionSync, { facts }: Pair): readonly Finding[] {
  if (facts.daemon.kind !== "running") return [];
  const { sync } = facts.daemon.snapshot;
  if (sync === undefined) return [];
  const lacking = sync.wanted.filter((role) => !sync.running.includes(role));
  if (lacking.length === 0) return [ok("sync-daemon", `the sync daemon runs on ${link}`)];
  return [
    error("sync-daemon", `the sync daemon should run as ${lacking.join(" and ")}, and does not`, {
      why: "Connections do not reach the other director.",
      remedy: "See `baton status`; the kernel's reason is in its log (dmesg).",
    }),
  ];
}
