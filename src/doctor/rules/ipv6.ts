/** Kernel parameters that stand between an interface and its IPv6 VIPs. */
import { familyOf } from "../../base/ip.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding, sysctl } from "../finding.ts";
import { ofLink } from "../sysctl-names.ts";
import { serversBy } from "./forwarding.ts";

const { ok, warning, error } = about("routing");

export function ipv6Rules(pair: Pair): readonly Finding[] {
  const vips = pair.config.instances.flatMap(({ vips: all }) => all);
  const six = vips.filter(({ address }) => familyOf(address) === 6);
  const links = [...new Set(six.map((vip) => vip.interface))];
  return links.flatMap((link) => [
    ...disabled(link, pair),
    ...detection(link, pair),
    ...routers(link, pair),
  ]);
}

function disabled(link: string, { facts }: Pair): readonly Finding[] {
  const names = ["all", link].map((one) => ofLink(6, one, "disable_ipv6"));
  const off = names.filter((name) => facts.sysctls[name] === "1");
  if (off.length === 0) {
    const known = names.some((name) => facts.sysctls[name] !== undefined);
    return known ? [ok("ipv6", `${link} speaks IPv6`)] : [absent(link)];
  }
  return off.map((name) =>
    error("ipv6-disabled", `${name} is 1, and an IPv6 VIP belongs on ${link}`, {
      why: "The kernel refuses the address.",
      fix: sysctl(name, "0"),
    }),
  );
}

const absent = (link: string): Finding =>
  error("ipv6-absent", `this kernel has no IPv6, and an IPv6 VIP belongs on ${link}`, {
    why: "The address can not be put on.",
    remedy: "Boot without ipv6.disable=1, or take the VIP out of the file.",
  });

/** baton adds its VIPs without detection; the interface's own address decides. */
function detection(link: string, { facts }: Pair): readonly Finding[] {
  const names = ["all", link].map((one) => ofLink(6, one, "accept_dad"));
  return names
    .filter((name) => facts.sysctls[name] === "2")
    .map((name) =>
      warning("accept-dad", `${name} is 2`, {
        why: `If anybody claims the link-local address of ${link}, the kernel switches IPv6 off there.`,
        fix: sysctl(name, "1"),
      }),
    );
}

/** A host that forwards takes router advertisements only where it is told so. */
function routers(link: string, pair: Pair): readonly Finding[] {
  const six = serversBy(pair, "nat").some(({ address }) => familyOf(address) === 6);
  const { sysctls, routes } = pair.facts;
  const name = ofLink(6, link, "accept_ra");
  const learnt = routes.some((one) => one.to.prefix === 0 && one.to.address === "::");
  if (!six || !learnt || sysctls[name] !== "1") return [];
  return [
    warning("accept-ra", `${name} is 1, on a host that forwards IPv6`, {
      why: "With forwarding on, 1 ignores router advertisements: a default route from them runs out.",
      fix: sysctl(name, "2"),
    }),
  ];
}
