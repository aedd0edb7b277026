/** The small languages of the file: addresses, endpoints, listeners, interface names. */
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
import type { Protocol } from "../wire/ipvs/types.ts";

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
function parseServerAddress(text: string): Parsed<Ip> {
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

export interface Endpoint {
  readonly address: Ip;
  /** Undefined where the text has none. */
  readonly port: number | undefined;
}

export const formatEndpoint = ({ address, port }: Endpoint): string => {
  const host = familyOf(address) === 6 ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
};

/** `A:P`, `[v6]:P`, or without a port; bare, `fd00::1:80` could be read either way. */
export function parseEndpoint(text: string): Parsed<Endpoint> {
  const { host, digits, open } = splitEndpoint(text);
  if (open) {
    return refuse(
      `${JSON.stringify(text)} does not say where its address ends and its port begins`,
      "Write an IPv6 address in brackets and quotes: '[fd00::1]:80'.",
    );
  }
  const address = parseServerAddress(host);
  if ("complaint" in address) return address;
  if (digits === undefined) return { value: { address: address.value, port: undefined } };
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port > 65_535) {
    return refuse(`the port of ${text} is not a whole number from 0 to 65535`);
  }
  return { value: { address: address.value, port } };
}

/** Where this host listens itself; any of its addresses is 0.0.0.0 or [::]. */
export function parseListener(
  text: string,
): Parsed<Required<Endpoint> & { readonly port: number }> {
  const { host, digits, open } = splitEndpoint(text);
  const address = open ? undefined : parseIp(host);
  const port = /^\d{1,5}$/.test(digits ?? "") ? Number(digits) : 0;
  if (address !== undefined && port > 0 && port <= 65_535) return { value: { address, port } };
  return refuse(
    `${JSON.stringify(text)} is not ADDRESS:PORT`,
    "Write an address of this host and a port: 127.0.0.1:9101, or '[::1]:9101'.",
  );
}

/** Whether a server is meant by an endpoint that somebody named; without a port all of its ports. */
export const isMeant = (
  named: Endpoint,
  server: { readonly address: string; readonly port: number | undefined },
): boolean =>
  server.address === named.address && (named.port === undefined || server.port === named.port);

interface SplitEndpoint {
  readonly host: string;
  readonly digits?: string | undefined;
  readonly open?: boolean;
}

function splitEndpoint(text: string): SplitEndpoint {
  const [, inside, after] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  if (inside !== undefined) return { host: inside, digits: after };
  const colon = text.lastIndexOf(":");
  if (colon < 0) return { host: text };
  const host = text.slice(0, colon);
  return { host, digits: text.slice(colon + 1), open: host.includes(":") };
}

/** What a virtual service listens on, as far as one text says it. */
export type Listen =
  | {
      readonly kind: "address";
      readonly protocol: Protocol;
      readonly address: Ip;
      readonly port: number;
    }
  | { readonly kind: "mark"; readonly mark: number };

const LISTEN_FORMS = "Write `tcp ADDRESS:PORT`, `udp [IPV6]:PORT`, `sctp …` or `mark NUMBER`.";
const MAX_MARK = 0xffff_ffff;

export function parseListen(text: string): Parsed<Listen> {
  const [, word = "", rest = ""] = /^(\S+)\s+(\S+)$/.exec(text.trim()) ?? [];
  if (word === "mark") return parseMark(rest);
  if (word !== "tcp" && word !== "udp" && word !== "sctp") {
    return refuse(`${JSON.stringify(text)} is not a protocol and an endpoint`, LISTEN_FORMS);
  }
  const endpoint = parseEndpoint(rest);
  if ("complaint" in endpoint) return endpoint;
  const { address, port } = endpoint.value;
  if (isLoopback(address)) return refuse(`${address} is a loopback address: no client gets there`);
  if (port === undefined) {
    const example = familyOf(address) === 4 ? `${address}:80` : `[${address}]:80`;
    return refuse(`${text} has no port`, `Write one, e.g. ${word} ${example}.`);
  }
  return { value: { kind: "address", protocol: word, address, port } };
}

export const formatListen = (listen: Listen): string =>
  listen.kind === "mark" ? `mark ${listen.mark}` : `${listen.protocol} ${formatEndpoint(listen)}`;

function parseMark(text: string): Parsed<Listen> {
  const mark = /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : 0;
  if (mark >= 1 && mark <= MAX_MARK) return { value: { kind: "mark", mark } };
  return refuse(`the mark ${text} is not a whole number from 1 to ${MAX_MARK}`);
}
