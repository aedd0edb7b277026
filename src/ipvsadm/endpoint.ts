/** `host[:port]` of services and servers, and names where they are not numbers. */

import type { Ip } from "../base/ip.ts";
import type { Protocol } from "../base/service.ts";
import { inetAton, inetPton6, toNumber } from "./values.ts";

/** A host's name that has to be asked for; the line is read again when it is known. */
export class NameWanted extends Error {
  override readonly name = "NameWanted";
  readonly host: string;

  constructor(host: string) {
    super(`the address of ${host} is not known yet`);
    this.host = host;
  }
}

export interface Names {
  /** IPv4 as gethostbyname; undefined where there is no such host. Throws NameWanted. */
  host(name: string): Ip | undefined;
  /** As getservbyname. */
  port(name: string, protocol: Protocol | undefined): number | undefined;
}

export interface Endpoint {
  readonly address: Ip;
  /** Undefined where none was said. */
  readonly port: number | undefined;
}

/** Undefined where it is none. */
export function parseEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: Names,
): Endpoint | undefined {
  if (/^\d*$/.test(text)) return undefined;
  const split = splitPort(text);
  if (!split) return undefined;
  const address = split.v6 ?? inetAton(split.host) ?? names.host(split.host);
  if (address === undefined) return undefined;
  if (split.port === undefined) return { address, port: undefined };
  const port = toNumber(split.port, 0, 65535) ?? names.port(split.port, protocol);
  return port === undefined ? undefined : { address, port };
}

interface Split {
  readonly host: string;
  readonly v6: Ip | undefined;
  readonly port: string | undefined;
}

/** Brackets need a port behind them; a whole IPv6 address has none; else the last colon counts. */
function splitPort(text: string): Split | undefined {
  let host = text;
  let port: string | undefined;
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end < 0 || text[end + 1] !== ":") return undefined;
    host = text.slice(1, end);
    port = text.slice(end + 2);
  }
  const v6 = inetPton6(host);
  if (v6) return { host, v6, port };
  const colon = host.lastIndexOf(":");
  if (colon < 0) return { host, v6: undefined, port: undefined };
  return { host: host.slice(0, colon), v6: undefined, port: host.slice(colon + 1) };
}
