/** Rules about virtual addresses. */
import { familyOf, formatIp, hostPrefix, type Ip, ipBytes } from "../../base/ip.ts";
import { error, type Place, type Problem, warning } from "../report.ts";
import type { Config, Director, Vip } from "../types.ts";
import { owns } from "./instances.ts";
import { vipPlace } from "./places.ts";

export function checkVips(config: Config): Problem[] {
  const problems: Problem[] = [];
  const holders = new Map<Ip, string>();
  for (const instance of config.instances) {
    for (const [i, vip] of instance.vips.entries()) {
      const place = vipPlace(instance.name, i);
      const holder = holders.get(vip.address);
      if (holder === undefined) holders.set(vip.address, instance.name);
      else problems.push(error(place, twice(vip, holder, instance.name)));
      const director = directorAt(config, vip.address);
      if (director !== undefined && !owns(director, instance)) {
        problems.push(ownAddress(vip, director, place));
      }
      problems.push(...widePrefix(vip, place), ...mapped(vip, place), ...idleBroadcast(vip, place));
    }
  }
  return problems;
}

const twice = (vip: Vip, holder: string, name: string): string =>
  holder === name ? `${vip.address} is in the list twice` : `${vip.address} is in ${holder} too`;

function ownAddress(vip: Vip, { name }: Director, place: Place): Problem {
  const message = `${vip.address} is ${name}'s own address: it would leave with the VIP`;
  const remedy = `Take another; or give ${name} priority 255 here, where it is to own it.`;
  return error(place, message, { remedy });
}

const directorAt = (config: Config, address: Ip): Director | undefined =>
  config.directors.find((director) => director.paths.some((path) => path.address === address));

/** RFC 4291 §2.5.5.2: a form for programs; on no wire does anybody ask for it. */
function mapped({ address }: Vip, place: Place): Problem[] {
  if (familyOf(address) === 4 || !address.startsWith("::ffff:")) return [];
  const plain = formatIp(ipBytes(address).subarray(12));
  return [error(place, `${address} is an IPv4-mapped address`, { remedy: `Write ${plain}.` })];
}

/** One address has no network to speak to. */
function idleBroadcast({ address, prefix, manner }: Vip, place: Place): Problem[] {
  const broadcast = manner?.broadcast;
  if (broadcast === undefined || (familyOf(address) === 4 && prefix < 31)) return [];
  const message = `${address}/${prefix} has no network whose broadcast ${broadcast} could be`;
  return [error(place, message, { remedy: "Leave broadcast out, or write the prefix." })];
}

/** The kernel deletes the secondary addresses of a network with its primary one. */
function widePrefix(vip: Vip, place: Place): Problem[] {
  const longest = hostPrefix(vip.address);
  if (vip.prefix === longest) return [];
  const message =
    `a VIP of /${vip.prefix} can become the primary address of its network, ` +
    "and then takes the director's own address with it when it goes";
  return [warning(place, message, { remedy: `Leave the prefix out: /${longest} is the default.` })];
}
