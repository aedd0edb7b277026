/** Ranges of addresses: from one to another, or all of a network. */
import { compareIp, familyOf, formatIp, type Ip, ipBytes, parseIp } from "../base/ip.ts";

/** The address with all bits of the host set. */
export function lastOf(address: Ip, prefix: number): Ip {
  const bytes = ipBytes(address).map((octet, i) => {
    const bits = Math.max(0, Math.min(8, prefix - 8 * i));
    return octet | (0xff >> bits);
  });
  return formatIp(bytes);
}

/** `10.0.0.1-5`, `10.0.0.1-10.0.1.7`, `10.0.0.8/29`: every address; undefined where it is none. */
export function expandRange(text: string): readonly Ip[] | undefined {
  const [first = "", last] = text.split("-");
  const [bare = "", digits] = first.split("/");
  const from = parseIp(bare);
  if (from === undefined) return undefined;
  if (digits !== undefined) return below(from, Number(digits));
  if (last === undefined) return [from];
  const to = parseLast(from, last);
  return to === undefined ? undefined : addressesBetween(from, to);
}

/** The end of a range: an address, or what stands in the place of the last part of the first one. */
export function parseLast(from: Ip, last: string): Ip | undefined {
  const to = parseIp(last) ?? parseIp(from.replace(/[^.:]+$/, last));
  return to !== undefined && familyOf(to) === familyOf(from) ? to : undefined;
}

export const MAX_RANGE = 4096;

/** Without the addresses of the network itself and of its broadcast. */
function below(network: Ip, prefix: number): readonly Ip[] | undefined {
  const found = addressesBetween(network, lastOf(network, prefix));
  return familyOf(network) === 4 && prefix < 31 ? found?.slice(1, -1) : found;
}

/** Both included; undefined where there are none, or more than MAX_RANGE. */
export function addressesBetween(from: Ip, to: Ip): readonly Ip[] | undefined {
  const found: Ip[] = [];
  for (let one = from; compareIp(one, to) <= 0; one = successor(one)) {
    if (found.length >= MAX_RANGE) return undefined;
    found.push(one);
    if (one === to) break;
  }
  return found.length === 0 ? undefined : found;
}

function successor(address: Ip): Ip {
  const bytes = ipBytes(address).slice();
  for (let i = bytes.length - 1; i >= 0; i--) {
    const next = ((bytes[i] ?? 0) + 1) & 0xff;
    bytes[i] = next;
    if (next !== 0) break;
  }
  return formatIp(bytes);
}
