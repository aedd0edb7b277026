/** The main routing table as the kernel prints it below /proc/net. */
import { readFile } from "node:fs/promises";
import { formatIp, type Ip, parseHexIp } from "../../base/ip.ts";
import type { RouteFact } from "../facts.ts";

const UP = 0x1;
const GATEWAY = 0x2;
const REJECT = 0x200;

export async function readRoutes(): Promise<readonly RouteFact[]> {
  const [four, six] = await Promise.all(
    ["route", "ipv6_route"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  return [...parseRoutes4(four ?? ""), ...parseRoutes6(six ?? "")];
}

/** `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses as little-endian words. */
export function parseRoutes4(text: string): readonly RouteFact[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [link, to, via, flags, , , metric, mask] = line.trim().split(/\s+/);
      const bits = Number.parseInt(flags ?? "", 16);
      if (link === undefined || to === undefined || via === undefined || mask === undefined)
        return [];
      if ((bits & UP) === 0 || (bits & REJECT) !== 0) return [];
      return {
        to: { address: littleEndian(to), prefix: onesOf(mask) },
        via: (bits & GATEWAY) === 0 ? undefined : littleEndian(via),
        interface: link,
        metric: Number(metric),
      };
    });
}

function littleEndian(digits: string): Ip {
  const octets = digits.match(/../g) ?? [];
  return formatIp(Uint8Array.from(octets.toReversed(), (pair) => Number.parseInt(pair, 16)));
}

const onesOf = (mask: string): number =>
  Number.parseInt(mask, 16).toString(2).replaceAll("0", "").length;

/** `destination prefix source prefix gateway metric ref use flags device`, all hexadecimal. */
export function parseRoutes6(text: string): readonly RouteFact[] {
  return text.split("\n").flatMap((line) => {
    const [to, prefix, , , via, metric, , , flags, link] = line.trim().split(/\s+/);
    const bits = Number.parseInt(flags ?? "", 16);
    const address = to === undefined ? undefined : parseHexIp(to);
    const gateway = via === undefined ? undefined : parseHexIp(via);
    if (address === undefined || link === undefined || link === "lo") return [];
    if ((bits & UP) === 0 || (bits & REJECT) !== 0) return [];
    return {
      to: { address, prefix: Number.parseInt(prefix ?? "", 16) },
      via: (bits & GATEWAY) === 0 ? undefined : gateway,
      interface: link,
      metric: Number.parseInt(metric ?? "", 16),
    };
  });
}
