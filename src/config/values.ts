/** The small languages of the file: addresses, networks, names of interfaces and users. */
import type { ErrorCode } from "../base/errors.ts";
import {
  type Cidr,
  type Family,
  familyOf,
  formatIp,
  hostPrefix,
  type Ip,
  ipBytes,
  isLoopback,
  isMulticast,
  isUnspecified,
  parseIp,
} from "../base/ip.ts";

/** Why a text is refused; the text itself is in the message. */
export interface Complaint {
  readonly message: string;
  readonly remedy?: string;
  readonly code?: ErrorCode;
}

export type Parsed<T> = { readonly value: T } | { readonly complaint: Complaint };

export const refuse = (
  message: string,
  remedy?: string,
  code?: ErrorCode,
): { complaint: Complaint } => ({
  complaint: { message, ...(remedy !== undefined && { remedy }), ...(code && { code }) },
});

/** IFNAMSIZ of the kernel is 16, the NUL included. */
const MAX_INTERFACE_NAME = 15;

/** A name that the kernel could give to a link. Aliases and the loopback are refused here. */
export function parseInterface(text: string): Parsed<string> {
  const colon = text.indexOf(":");
  if (colon >= 0) {
    const real = text.slice(0, colon);
    return refuse(
      `${text} is an alias: a label on an address, not an interface`,
      real === "" ? undefined : `Name the real interface: ${real}.`,
      "BATON_ALIAS",
    );
  }
  if (text === "lo") {
    return refuse(
      "lo is the loopback: nobody outside this host reaches an address there",
      "Name the interface that the network is on, e.g. eth0.",
      "BATON_INTERFACE",
    );
  }
  if (text.length > MAX_INTERFACE_NAME) {
    return refuse(
      `${text} has ${text.length} characters; the name of an interface has at most 15`,
      "`ip link` shows the names.",
      "BATON_INTERFACE",
    );
  }
  if (text === "" || text === "." || text === ".." || /[\s/]/.test(text)) {
    return refuse(`${JSON.stringify(text)} is not the name of an interface`);
  }
  return { value: text };
}

/** As useradd(8) takes names, and what directories have beside. */
const USER_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?$/;

/** `USER` or `USER:GROUP`, names or numbers; whether the host has them shows there. */
export function parseUser(text: string): Parsed<string> {
  const parts = text.split(":");
  if (parts.length <= 2 && parts.every((part) => USER_PATTERN.test(part))) return { value: text };
  return refuse(`${JSON.stringify(text)} is not USER or USER:GROUP`);
}

const NO_NAMES = "Write the address itself: names are not looked up.";

/** An address that others reach one host by: a director's, a VIP. */
export function parseHostAddress(text: string): Parsed<Ip> {
  const parsed = parseServerAddress(text);
  if ("complaint" in parsed || !isLoopback(parsed.value)) return parsed;
  return refuse(`${parsed.value} is a loopback address, which never leaves its host`);
}

/** A server's: what answers may be the director itself. */
export function parseServerAddress(text: string): Parsed<Ip> {
  const address = parseIp(text);
  if (address === undefined) {
    const [bare = "", prefix] = text.split("/");
    const remedy =
      prefix !== undefined && parseIp(bare) ? `Leave the prefix out: ${bare}.` : NO_NAMES;
    return refuse(`${JSON.stringify(text)} is not an IP address`, remedy);
  }
  const why = unfit(address);
  return why === undefined ? { value: address } : refuse(`${address} is ${why}`);
}

/** What forbids an address to stand for one host. */
function unfit(address: Ip): string | undefined {
  if (isUnspecified(address)) return "the unspecified address, which no host can have";
  if (isMulticast(address)) return "a multicast address, which no single host can have";
  return address === "255.255.255.255" ? "the broadcast address" : undefined;
}

/** `ADDRESS` or `ADDRESS/PREFIX`; the host's own prefix where it says nothing. */
export function parseVip(text: string): Parsed<Cidr> {
  const slash = text.indexOf("/");
  const bare = parseHostAddress(slash < 0 ? text : text.slice(0, slash));
  if ("complaint" in bare) return bare;
  const longest = hostPrefix(bare.value);
  if (slash < 0) return { value: { address: bare.value, prefix: longest } };
  const digits = text.slice(slash + 1);
  const prefix = Number(digits);
  if (!/^\d{1,3}$/.test(digits) || prefix < 1 || prefix > longest) {
    return refuse(
      `the prefix of ${text} is not a whole number from 1 to ${longest}`,
      `Leave it out: a VIP is /${longest} unless said otherwise.`,
    );
  }
  return { value: { address: bare.value, prefix } };
}

/** `default` says nothing of its family: the rest of the route does. */
export type Target =
  | { readonly kind: "default" }
  | { readonly kind: "network"; readonly net: Cidr };

export function parseNetwork(text: string): Parsed<Target> {
  if (text === "default") return { value: { kind: "default" } };
  const [bare = "", digits, ...more] = text.split("/");
  const address = parseIp(bare);
  if (address === undefined || more.length > 0) {
    return refuse(`${JSON.stringify(text)} is no network`, "Write default, or ADDRESS/PREFIX.");
  }
  const longest = hostPrefix(address);
  const prefix = digits === undefined ? longest : Number(digits);
  if (digits !== undefined && (!/^\d{1,3}$/.test(digits) || prefix > longest)) {
    return refuse(`the prefix of ${text} is not a whole number from 0 to ${longest}`);
  }
  const net = { address, prefix };
  if (networkOf(net) !== address) {
    const remedy = `Write ${networkOf(net)}/${prefix}.`;
    return refuse(`${text} names a host, and its prefix a network`, remedy);
  }
  return { value: { kind: "network", net } };
}

/** The address with the bits after the prefix cleared. */
function networkOf({ address, prefix }: Cidr): Ip {
  const bytes = ipBytes(address).map((octet, i) => {
    const bits = Math.max(0, Math.min(8, prefix - 8 * i));
    return octet & (0xff << (8 - bits));
  });
  return formatIp(bytes);
}

export function parseBroadcast(text: string): Parsed<Ip> {
  const address = parseIp(text);
  if (address !== undefined && familyOf(address) === 4) return { value: address };
  return refuse(`${JSON.stringify(text)} is not an IPv4 address`);
}

/** Two old failures of pulse began with one: programs took `eth0:0` for an interface. */
export const refuseLabel = (text: string): Parsed<never> =>
  refuse(
    `${text} would make the VIP an alias`,
    "Leave it out: the VIP goes on the real interface.",
    "BATON_ALIAS",
  );

export function parseGroup(text: string): Parsed<Ip> {
  const address = parseIp(text);
  if (address !== undefined && isMulticast(address)) return { value: address };
  const what = address === undefined ? "an IP address" : "a multicast address";
  return refuse(
    `${JSON.stringify(text)} is not ${what}`,
    "Groups are 224.0.0.0/4 and ff00::/8; 239.0.0.0/8 is free for a site's own use.",
  );
}

/** On protocol 112 there is one for each family. */
export const parseGroupOf =
  (family: Family) =>
  (text: string): Parsed<Ip> => {
    const parsed = parseGroup(text);
    if (!("value" in parsed) || familyOf(parsed.value) === family) return parsed;
    return refuse(
      `${text} is a group of IPv${familyOf(parsed.value)}, not of IPv${family}`,
      `Write it as group${familyOf(parsed.value)}.`,
    );
  };

/** The daemon's working directory is nobody's business. */
export const parseFile = (text: string): Parsed<string> =>
  text.startsWith("/")
    ? { value: text }
    : refuse(`${JSON.stringify(text)} is not an absolute path: begin it with /`);

/** An IPv4 mask of ones before zeros, or the length of an IPv6 prefix. */
export function parseNetmask(text: string): Parsed<string> {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 128) return { value: text };
  const address = parseIp(text);
  const bits = address && familyOf(address) === 4 ? maskBits(address) : "";
  if (/^1+0*$/.test(bits)) return { value: text };
  return refuse(
    `${JSON.stringify(text)} is not a netmask`,
    "Write one such as 255.255.255.0, or for IPv6 a prefix length from 1 to 128.",
  );
}

const maskBits = (mask: Ip): string =>
  mask
    .split(".")
    .map((octet) => Number(octet).toString(2).padStart(8, "0"))
    .join("");
