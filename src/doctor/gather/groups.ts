/** Multicast groups that are joined, as the kernel lists them below /proc/net. */
import { readFile } from "node:fs/promises";
import { formatIp, type Ip, parseHexIp } from "../../base/ip.ts";
import type { GroupOn } from "../facts.ts";

export async function readGroups(): Promise<readonly GroupOn[]> {
  const [four, six] = await Promise.all(
    ["igmp", "igmp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  return [...parseGroups4(four ?? ""), ...parseGroups6(six ?? "")];
}

/** A line of an interface, `2 eth0 : 1 V3`, and below it one of each group, `120000E0 1 0:0 0`. */
export function parseGroups4(text: string): readonly GroupOn[] {
  const groups: GroupOn[] = [];
  let link = "";
  for (const line of text.split("\n").slice(1)) {
    const [first = "", second = ""] = line.trim().split(/\s+/);
    if (!/^\s/.test(line)) link = second.replace(/:$/, "");
    else if (/^[0-9A-F]{8}$/i.test(first)) groups.push({ group: fromWord(first), interface: link });
  }
  return groups;
}

/** As this processor has it in memory: little end first. */
function fromWord(digits: string): Ip {
  const octets = digits.match(/../g) ?? [];
  return formatIp(Uint8Array.from(octets.toReversed(), (pair) => Number.parseInt(pair, 16)));
}

/** `2 eth0 ff020000000000000000000000000012 1 0000000C 0`. */
export function parseGroups6(text: string): readonly GroupOn[] {
  return text.split("\n").flatMap((line) => {
    const [, link, digits] = line.trim().split(/\s+/);
    const group = digits === undefined ? undefined : parseHexIp(digits);
    return link === undefined || group === undefined ? [] : [{ group, interface: link }];
  });
}
