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

const ADDRESS = "([0-9A-Fa-f:]{8,39})";
const PORT = "([0-9A-Fa-f]{1,4})";
const END_POINTS = [ADDRESS, PORT, ADDRESS, PORT, ADDRESS, PORT];
/** One expression for the whole line: a table may have hundreds of thousands of them. */
const LINE = new RegExp(
  `^\\s*${[`(${PROTOCOLS.join("|")})`, ...END_POINTS, "(\\S+)", "(\\d+)"].join("\\s+")}` +
    "(?:\\s+(\\S+)\\s+(\\S+))?(?:\\s|$)",
);

/** Undefined for the heading, and for what is not understood. */
export function parseConnection(line: string): Connection | undefined {
  const found = LINE.exec(line);
  if (!found) return undefined;
  const [, protocol, from = "", fromPort, to = "", toPort, at = "", atPort, state = ""] = found;
  const client = parseHexIp(from);
  const virtual = parseHexIp(to);
  const destination = parseHexIp(at);
  if (!client || !virtual || !destination) return undefined;
  const [name, data] = [found[10], found[11]];
  return {
    // The expression knows no other.
    protocol: protocol as Connection["protocol"],
    client,
    clientPort: portOf(fromPort),
    virtual,
    virtualPort: portOf(toPort),
    destination,
    destinationPort: portOf(atPort),
    state,
    expires: Number(found[9]),
    engine: name === undefined || data === undefined ? undefined : { name, data },
  };
}

const portOf = (digits = ""): number => Number.parseInt(digits, 16);
