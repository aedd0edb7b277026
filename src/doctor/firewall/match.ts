/** Whether a packet fits one condition of a rule: yes, no, or undefined where nobody can tell. */
import { contains, type Ip, parseIp } from "../../base/ip.ts";
import type { Packet } from "./packet.ts";
import { recordOf } from "./ruleset.ts";

export type Truth = boolean | undefined;
type Value = string | number;

/** Finds the elements of a named set; undefined where there is none. */
export type FindSet = (name: string) => readonly unknown[] | undefined;

/** A `match` of libnftables-json(5): `{op, left, right}`. */
export function matches(condition: unknown, packet: Packet, sets: FindSet): Truth {
  const { op, left, right } = recordOf(condition) ?? {};
  const field = fieldOf(left, packet);
  if (field === false) return false;
  if (field === undefined) return undefined;
  if (op === "==" || op === "in") return isAmong(field, right, sets);
  if (op === "!=") return not(isAmong(field, right, sets));
  return compared(field, op, right);
}

const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

/** The key of a verdict map against one of its elements. */
export function fits(key: unknown, element: unknown, packet: Packet, sets: FindSet): Truth {
  const field = fieldOf(key, packet);
  if (field === false) return false;
  return field === undefined ? undefined : isAmong(field, element, sets);
}

/** False: the packet is of another kind, so the condition does not hold. */
function fieldOf(left: unknown, packet: Packet): Value | false | undefined {
  const { meta, payload, ct } = recordOf(left) ?? {};
  if (meta !== undefined) return metaOf(recordOf(meta)?.["key"], packet);
  if (ct !== undefined) return recordOf(ct)?.["key"] === "state" ? packet.state : undefined;
  const { protocol, field } = recordOf(payload) ?? {};
  if (protocol === "ip" || protocol === "ip6") {
    const family = protocol === "ip" ? 4 : 6;
    return family === packet.family ? addressing(field, packet) : false;
  }
  if (protocol !== "th" && protocol !== packet.protocol) {
    return isTransport(protocol) ? false : undefined;
  }
  if (field === "dport") return packet.port;
  return field === "sport" ? packet.sourcePort : undefined;
}

const isTransport = (protocol: unknown): boolean =>
  protocol === "tcp" || protocol === "udp" || protocol === "sctp";

function metaOf(key: unknown, packet: Packet): Value | false | undefined {
  switch (key) {
    case "iifname":
    case "iif":
      return packet.direction === "in" ? packet.interface : false;
    case "oifname":
    case "oif":
      return packet.direction === "out" ? packet.interface : false;
    case "l4proto":
      return packet.protocol;
    case "nfproto":
      return packet.family === 4 ? "ipv4" : "ipv6";
    case "protocol":
      return packet.family === 4 ? "ip" : "ip6";
    default:
      return undefined;
  }
}

function addressing(field: unknown, packet: Packet): Value | undefined {
  switch (field) {
    case "saddr":
      return packet.source;
    case "daddr":
      return packet.destination;
    case "protocol":
    case "nexthdr":
      return packet.protocol;
    default:
      return undefined;
  }
}

function isAmong(value: Value, right: unknown, sets: FindSet): Truth {
  if (typeof right === "string" && right.startsWith("@")) {
    const elements = sets(right.slice(1));
    return elements === undefined ? undefined : anyOf(value, elements, sets);
  }
  if (Array.isArray(right)) return anyOf(value, right, sets);
  if (typeof right === "string" || typeof right === "number") return isSame(value, right);
  const { set, prefix, range, elem } = recordOf(right) ?? {};
  if (elem !== undefined) return isAmong(value, recordOf(elem)?.["val"], sets);
  if (set !== undefined) return isAmong(value, set, sets);
  if (prefix !== undefined) return isWithin(value, prefix);
  return Array.isArray(range) ? isBetween(value, range) : undefined;
}

function anyOf(value: Value, elements: readonly unknown[], sets: FindSet): Truth {
  const truths = elements.map((element) => isAmong(value, element, sets));
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}

/** Numbers of protocols that nft may print instead of a name. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  6: "tcp",
  17: "udp",
  112: "vrrp",
  132: "sctp",
};

function isSame(value: Value, right: Value): Truth {
  if (value === right) return true;
  if (typeof right === "number") return PROTOCOLS[right] === value;
  if (typeof value === "number") return false;
  if (right.endsWith("*")) return value.startsWith(right.slice(0, -1));
  const address = parseIp(right);
  return address !== undefined && address === parseIp(value);
}

function isWithin(value: Value, prefix: unknown): Truth {
  const { addr, len } = recordOf(prefix) ?? {};
  const network = typeof addr === "string" ? parseIp(addr) : undefined;
  const address = typeof value === "string" ? parseIp(value) : undefined;
  if (network === undefined || address === undefined) return undefined;
  return contains({ address: network, prefix: Number(len) }, address);
}

function isBetween(value: Value, [low, high]: readonly unknown[]): Truth {
  if (typeof value === "number" && typeof low === "number" && typeof high === "number") {
    return low <= value && value <= high;
  }
  const [address, from, to] = [value, low, high].map((one) =>
    typeof one === "string" ? parseIp(one) : undefined,
  );
  if (address === undefined || from === undefined || to === undefined) return undefined;
  return octets(from) <= octets(address) && octets(address) <= octets(to);
}

/** Sorts as the IPv4 address does; IPv6 ranges are rare, and compared by their text's length. */
const octets = (address: Ip): string =>
  address
    .split(/[.:]/)
    .map((part) => part.padStart(4, "0"))
    .join("");

function compared(value: Value, op: unknown, right: unknown): Truth {
  if (typeof value !== "number" || typeof right !== "number") return undefined;
  switch (op) {
    case "<":
      return value < right;
    case ">":
      return value > right;
    case "<=":
      return value <= right;
    case ">=":
      return value >= right;
    default:
      return undefined;
  }
}
