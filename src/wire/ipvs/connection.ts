/** Lines of /proc/net/ip_vs_conn: the only way in which the kernel lists its connections.
 *
 *     Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
 *     TCP C0A83C0A A3F2 C0A83C64 0050 C0A83C88 0050 ESTABLISHED     897
 *
 * Addresses and ports are hexadecimal (ip_vs_conn_seq_show in net/netfilter/ipvs/ip_vs_conn.c).
 */
import { type Ip, parseHexIp } from "../../base/ip.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP", "IP"] as const;

export interface Connection {
  /** `IP` is a template of a service by mark; the mark stands in `virtual`. */
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly client: Ip;
  /** 0 of a template, and where the client's port is still to be learned. */
  readonly clientPort: number;
  readonly virtual: Ip;
  readonly virtualPort: number;
  readonly destination: Ip;
  readonly destinationPort: number;
  readonly state: string;
  /** Seconds until the kernel forgets it. */
  readonly expires: number;
  readonly engine: { readonly name: string; readonly data: string } | undefined;
}

/** Undefined for the heading, and for what is not understood. */
export function parseConnection(line: string): Connection | undefined {
  const [word, from, fromPort, to, toPort, at, atPort, state, expires, name, data] = line
    .trim()
    .split(/\s+/);
  const protocol = PROTOCOLS.find((known) => known === word);
  const client = parseHexIp(from ?? "");
  const virtual = parseHexIp(to ?? "");
  const destination = parseHexIp(at ?? "");
  const ports = [fromPort, toPort, atPort].map((text) => Number.parseInt(text ?? "", 16));
  const [clientPort = Number.NaN, virtualPort = Number.NaN, destinationPort = Number.NaN] = ports;
  const seconds = Number(expires);
  if (!protocol || !client || !virtual || !destination || state === undefined) return undefined;
  if (ports.some(Number.isNaN) || Number.isNaN(seconds)) return undefined;
  return {
    protocol,
    client,
    clientPort,
    virtual,
    virtualPort,
    destination,
    destinationPort,
    state,
    expires: seconds,
    engine: name === undefined || data === undefined ? undefined : { name, data },
  };
}
