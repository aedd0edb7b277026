/** Addresses of this host: VIPs left behind, and own addresses that may go. */
import { formatCidr } from "../../base/ip.ts";
import type { Vip } from "../../config/types.ts";
import type { AddressFact, DaemonFact, Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const { ok, warning, error, unjudged } = about("addresses");

export const addressRules = (pair: Pair): readonly Finding[] => [
  ...ownAddresses(pair),
  ...pair.config.instances.flatMap(({ name, vips }) =>
    vips.flatMap((vip) => standing(vip, name, pair)),
  ),
];

/** The kernel's entry, where a VIP is on this host and is not the director's own address. */
export function vipHere({ address }: Vip, { self, facts }: Pair): AddressFact | undefined {
  if (self?.paths.some((path) => path.address === address)) return undefined;
  return facts.addresses.find((found) => found.address === address);
}

function standing(vip: Vip, instance: string, pair: Pair): readonly Finding[] {
  const here = vipHere(vip, pair);
  const { daemon } = pair.facts;
  if (here === undefined || isLoopbackHere(here, pair)) return [];
  const where = `${formatCidr(here)} is on ${here.interface}`;
  const remove = `ip address del ${formatCidr(here)} dev ${here.interface}`;
  if (here.dadFailed) {
    return [
      error("vip-duplicate", `${where}, and the kernel found it on another host as well`, {
        why: "An address that failed duplicate address detection is not used.",
        remedy: `Find the other holder, then: ${remove}`,
      }),
    ];
  }
  const state = stateOf(instance, daemon);
  if (state === undefined) return [unsure(where)];
  if (state === "master" || state === "leaving")
    return [ok("vip", `${where}: ${instance} is master`)];
  const but = daemon.kind === "running" ? `${instance} is ${state} here` : "no baton runs here";
  return [
    error("vip-stale", `${where}, but ${but}`, {
      why: "It answers for the address beside the master: clients reach one or the other by chance.",
      remedy: daemon.kind === "running" ? remove : `baton release, or: ${remove}`,
    }),
  ];
}

/** `check` has said what is wrong with one on a loopback. */
const isLoopbackHere = ({ interface: link }: AddressFact, { facts }: Pair): boolean =>
  facts.links.some(({ name, loopback }) => name === link && loopback);

const unsure = (where: string): Finding =>
  unjudged("vip-unjudged", `${where}; whether this host is master could not be asked`, {
    why: "The control socket is for root.",
  });

/** Undefined: the daemon lives, and could not be asked. */
function stateOf(instance: string, daemon: DaemonFact): string | undefined {
  if (daemon.kind === "none") return "not running";
  if (daemon.kind !== "running") return undefined;
  return daemon.snapshot.instances.find(({ name }) => name === instance)?.state ?? "not known";
}

function ownAddresses({ self, facts }: Pair): readonly Finding[] {
  return (self?.paths ?? []).flatMap(({ address }) => {
    const here = facts.addresses.find((found) => found.address === address);
    if (here === undefined) return [];
    const where = `${formatCidr(here)} is on ${here.label}`;
    if (here.dadFailed) {
      return error("own-address-duplicate", `${where}, and another host has it`, {
        why: "Duplicate address detection failed: heartbeats can not be sent from it.",
        remedy: "Give each host an address of its own.",
      });
    }
    if (here.validSeconds === undefined) return ok("own-address", where);
    return warning("own-address-lease", `${where} for ${here.validSeconds} s: it is a lease`, {
      why: "A director is known by its address, and another lease makes it a stranger to its peer.",
      remedy: "Configure the address statically, or reserve it in the DHCP server.",
    });
  });
}
