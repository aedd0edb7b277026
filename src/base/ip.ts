/** IP addresses as canonical text: equal addresses are equal strings. */

declare const ipBrand: unique symbol;

/** A canonical IPv4 (`192.168.0.1`) or IPv6 (RFC 5952, lower case) address. */
export type Ip = string & { readonly [ipBrand]: true };
export type Family = 4 | 6;

/** An address with its prefix length, e.g. a VIP as it stands on an interface. */
export interface Cidr {
  readonly address: Ip;
  readonly prefix: number;
}

export const familyOf = (address: Ip): Family => (address.includes(":") ? 6 : 4);
export const hostPrefix = (address: Ip): number => (familyOf(address) === 4 ? 32 : 128);
export const formatCidr = (cidr: Cidr): string => `${cidr.address}/${cidr.prefix}`;

/** Digits alone and no leading zero, which some programs take for octal. */
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const ZERO = "0".charCodeAt(0);

/** Parses an address; undefined where the text is none. Zones and IPv4 shorthand are refused. */
export function parseIp(text: string): Ip | undefined {
  // Of IPv4 only the canonical spelling is one.
  if (!text.includes(":")) return IPV4.test(text) ? (text as Ip) : undefined;
  const bytes = parseIpv6(text);
  return bytes && formatIp(bytes);
}

/** The address from 4 or 16 octets in network order. */
export function formatIp(bytes: Uint8Array): Ip {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as Ip;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  return compress(groups) as Ip;
}

/** As the kernel prints it in /proc/net: 8 digits, or 8 groups of 4 with colons. */
export function parseHexIp(text: string): Ip | undefined {
  if (/^[0-9A-Fa-f]{8}$/.test(text)) {
    const value = Number.parseInt(text, 16);
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ip;
  }
  const digits = text.replaceAll(":", "");
  return /^[0-9A-Fa-f]{32}$/.test(digits) ? formatIp(octetsOf(digits)) : undefined;
}

const octetsOf = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** 4 or 16 octets in network order. */
export function ipBytes(address: Ip): Uint8Array {
  const bytes = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  if (!bytes) throw new TypeError(`not an address: ${address}`);
  return bytes;
}

/** As `ipBytes`, into `target` from `at` on. */
export function putIp(target: Uint8Array, at: number, address: Ip): void {
  if (address.includes(":")) return target.set(ipBytes(address), at);
  let octet = 0;
  let index = at;
  for (let i = 0; i < address.length; i++) {
    const digit = address.charCodeAt(i) - ZERO;
    if (digit >= 0) octet = octet * 10 + digit;
    else {
      target[index++] = octet;
      octet = 0;
    }
  }
  target[index] = octet;
}

/** Numeric order; IPv4 sorts before IPv6. */
export function compareIp(a: Ip, b: Ip): number {
  const left = ipBytes(a);
  const right = ipBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `address` lies in the network of `cidr`. */
export function contains(cidr: Cidr, address: Ip): boolean {
  const net = ipBytes(cidr.address);
  const ip = ipBytes(address);
  if (net.length !== ip.length) return false;
  for (let bit = 0; bit < cidr.prefix; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((net[bit >> 3] ?? 0) & mask) !== ((ip[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}

export const isMulticast = (address: Ip): boolean => {
  const first = ipBytes(address)[0] ?? 0;
  return familyOf(address) === 4 ? first >= 224 && first <= 239 : first === 0xff;
};

export const isLoopback = (address: Ip): boolean =>
  familyOf(address) === 4 ? ipBytes(address)[0] === 127 : address === "::1";

export const isUnspecified = (address: Ip): boolean => address === "0.0.0.0" || address === "::";

export const isLinkLocal = (address: Ip): boolean => {
  const [a = 0, b = 0] = ipBytes(address);
  return familyOf(address) === 4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;
};

function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let start = 0;
  for (let i = 0; i < 4; i++) {
    const end = i < 3 ? text.indexOf(".", start) : text.length;
    const octet = end < 0 ? undefined : parseOctet(text, start, end);
    if (octet === undefined) return undefined;
    bytes[i] = octet;
    start = end + 1;
  }
  return bytes;
}

/** Digits alone and no leading zero, which some programs take for octal. */
function parseOctet(text: string, start: number, end: number): number | undefined {
  if (end === start || end - start > 3) return undefined;
  if (end - start > 1 && text.charCodeAt(start) === ZERO) return undefined;
  let octet = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    octet = octet * 10 + digit;
  }
  return octet > 255 ? undefined : octet;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "");
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "") : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  groups.forEach((group, i) => bytes.set([group >> 8, group & 0xff], i * 2));
  return bytes;
}

/** The 16-bit groups of one side of `::`; a trailing dotted quad counts as two. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const quad = i === parts.length - 1 ? parseIpv4(part) : undefined;
      if (!quad) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = quad;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first of equals. */
function compress(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}
