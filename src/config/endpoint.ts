/** An address with its port in one text, as servers, services and listeners are written. */
import { familyOf, type Ip, isLoopback, parseIp } from "../base/ip.ts";
import type { Protocol } from "../wire/ipvs/types.ts";
import { type Parsed, parseServerAddress, refuse } from "./values.ts";

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
