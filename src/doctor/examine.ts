/** Every rule, in the order of its theme: facts in, findings out. */
import type { Facts, Pair } from "./facts.ts";
import { type Finding, SEVERITIES, THEMES } from "./finding.ts";
import { addressRules } from "./rules/addresses.ts";
import { advertRules } from "./rules/adverts.ts";
import { arpRules } from "./rules/arp.ts";
import { firewallRules } from "./rules/firewall.ts";
import { forwardingRules } from "./rules/forwarding.ts";
import { hostRules, secretRules } from "./rules/host.ts";
import { interfaceRules } from "./rules/interfaces.ts";
import { ipv6Rules } from "./rules/ipv6.ts";
import { ipvsRules } from "./rules/ipvs.ts";
import { kernelRules } from "./rules/kernel.ts";
import { managerRules } from "./rules/managers.ts";
import { multicastRules } from "./rules/multicast.ts";
import { digestRule, peerRules } from "./rules/peer.ts";
import { batonRules, programRules } from "./rules/programs.ts";
import { segmentRules } from "./rules/segment.ts";
import { serverRules } from "./rules/servers.ts";
import { syncRules } from "./rules/sync.ts";

const PAIR_RULES: readonly ((pair: Pair) => readonly Finding[])[] = [
  digestRule,
  kernelRules,
  interfaceRules,
  addressRules,
  forwardingRules,
  arpRules,
  ipv6Rules,
  ipvsRules,
  syncRules,
  firewallRules,
  peerRules,
  multicastRules,
  segmentRules,
  advertRules,
  serverRules,
  managerRules,
];

/** What can be said of a host whatever the configuration is. */
export const examineHost = (facts: Facts): readonly Finding[] => [
  ...hostRules(facts),
  ...secretRules(facts),
  ...programRules(facts),
  ...batonRules(facts),
];

export const examinePair = (pair: Pair): readonly Finding[] =>
  PAIR_RULES.flatMap((rule) => rule(pair));

/** The worst first: themes by their worst finding, findings by their own. Equal ones count once. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(findings.map((one) => [`${one.code} ${one.seen} ${one.remedy}`, one]));
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  const worst = new Map<string, number>();
  for (const one of unique.values()) {
    worst.set(one.theme, Math.min(rank(one), worst.get(one.theme) ?? SEVERITIES.length));
  }
  return [...unique.values()].toSorted(
    (a, b) =>
      (worst.get(a.theme) ?? 0) - (worst.get(b.theme) ?? 0) ||
      THEMES.indexOf(a.theme) - THEMES.indexOf(b.theme) ||
      rank(a) - rank(b),
  );
}
