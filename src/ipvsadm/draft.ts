/** A command line while its options are read, one after the other: the order counts. */
import type { Ip } from "../base/ip.ts";
import { type Family, familyOf } from "../base/ip.ts";
import type { Protocol } from "../base/service.ts";
import { NO_TUNNEL } from "../wire/ipvs/destination.ts";
import type { Forward, Tunnel } from "../wire/ipvs/types.ts";
import { type Names, parseEndpoint } from "./endpoint.ts";
import type { Slot } from "./options.ts";
import { wrong } from "./stop.ts";
import { cut, inetAton, multicastGroup, numberIn, toNumber } from "./values.ts";

const MAX_TIMEOUT = 31 * 24 * 3600;
const DEFAULT_PERSISTENCE = 360;
const MAX_INT = 2147483647;
const MAX_U32 = 4294967295;
const HOST_MASK = "255.255.255.255";

export interface Draft {
  readonly given: Slot[];
  family: Family | undefined;
  protocol: Protocol | undefined;
  address: Ip | undefined;
  port: number;
  mark: number;
  scheduler: string;
  schedulerFlags: string | undefined;
  persistence: number;
  netmask: string;
  engine: string | undefined;
  server: { readonly address: Ip; readonly port: number } | undefined;
  forward: Forward;
  weight: number;
  upper: number;
  lower: number;
  tunnel: Tunnel;
  interface: string;
  syncId: number;
  maxLength: number | undefined;
  group: Ip | undefined;
  mcastPort: number | undefined;
  ttl: number | undefined;
}

export const newDraft = (): Draft => ({
  given: [],
  family: undefined,
  protocol: undefined,
  address: undefined,
  port: 0,
  mark: 0,
  scheduler: "wlc",
  schedulerFlags: undefined,
  persistence: 0,
  netmask: HOST_MASK,
  engine: undefined,
  server: undefined,
  forward: "dr",
  weight: 1,
  upper: 0,
  lower: 0,
  tunnel: NO_TUNNEL,
  interface: "eth0",
  syncId: 0,
  maxLength: undefined,
  group: undefined,
  mcastPort: undefined,
  ttl: undefined,
});

/** `long` tells apart what shares a slot. */
export function take(
  draft: Draft,
  { slot, long }: { readonly slot: Slot; readonly long: string | undefined },
  value: string | undefined,
  names: Names,
): void {
  if (draft.given.includes(slot)) throw wrong(`multiple '${slot}' options specified`);
  draft.given.push(slot);
  TAKERS[long ?? ""]?.(draft, value ?? "", names);
}

/** `-6`: the mark before it is of IPv6. */
export function takeIpv6(draft: Draft): void {
  if (draft.mark === 0) throw wrong("-6 used before -f\n");
  draft.family = 6;
  draft.netmask = "128";
}

type Taker = (draft: Draft, value: string, names: Names) => void;

/** Options without a value that is kept need no line: that they were given is enough. */
const TAKERS: Readonly<Record<string, Taker>> = {
  "tcp-service": (draft, value, names) => takeService(draft, "tcp", value, names),
  "udp-service": (draft, value, names) => takeService(draft, "udp", value, names),
  "sctp-service": (draft, value, names) => takeService(draft, "sctp", value, names),
  "fwmark-service": (draft, value) => {
    draft.family = 4;
    // For the names of its servers' ports; a mark has no protocol of its own.
    draft.protocol = "tcp";
    draft.mark = numberIn(value, [1, MAX_U32], `invalid fwmark value \`${value}' specified`);
  },
  scheduler: (draft, value) => {
    draft.scheduler = cut(value) || "wlc";
  },
  persistent: takePersistence,
  netmask: takeNetmask,
  "real-server": takeServer,
  masquerading: (draft) => {
    draft.forward = "nat";
  },
  ipip: (draft) => {
    draft.forward = "tunnel";
  },
  gatewaying: (draft) => {
    draft.forward = "dr";
  },
  weight: (draft, value) => {
    draft.weight = numberIn(value, [0, MAX_INT], "illegal weight specified");
  },
  "u-threshold": (draft, value) => {
    draft.upper = numberIn(value, [0, MAX_INT], "illegal u_threshold specified");
  },
  "l-threshold": (draft, value) => {
    draft.lower = numberIn(value, [0, MAX_INT], "illegal l_threshold specified");
  },
  "mcast-interface": (draft, value) => {
    draft.interface = cut(value) || "eth0";
  },
  syncid: (draft, value) => {
    draft.syncId = numberIn(value, [0, 255], "illegal syncid specified");
  },
  pe: (draft, value) => {
    draft.engine = cut(value) || undefined;
  },
  "sched-flags": (draft, value) => {
    draft.schedulerFlags = value;
  },
  "mcast-group": (draft, value) => {
    draft.group = multicastGroup(value);
  },
  "mcast-port": (draft, value) => {
    draft.mcastPort = numberIn(value, [1, 65535], "illegal mcast-port specified");
  },
  "mcast-ttl": (draft, value) => {
    draft.ttl = numberIn(value, [1, 255], "illegal mcast-ttl specified");
  },
  "sync-maxlen": (draft, value) => {
    draft.maxLength = numberIn(value, [1, 65507], "illegal sync-maxlen specified");
  },
  "tun-type": (draft, value) => {
    if (value !== "ipip" && value !== "gue" && value !== "gre") {
      throw wrong("illegal tunnel type specified");
    }
    draft.tunnel = { ...draft.tunnel, type: value };
  },
  "tun-port": (draft, value) => {
    const port = numberIn(value, [1, 65535], "illegal tunnel port specified");
    draft.tunnel = { ...draft.tunnel, port };
  },
  "tun-nocsum": (draft) => {
    draft.tunnel = { ...draft.tunnel, checksum: "none" };
  },
  "tun-csum": (draft) => {
    draft.tunnel = { ...draft.tunnel, checksum: "full" };
  },
  "tun-remcsum": (draft) => {
    draft.tunnel = { ...draft.tunnel, checksum: "remote" };
  },
};

function takeService(draft: Draft, protocol: Protocol, value: string, names: Names): void {
  draft.protocol = protocol;
  const endpoint = parseEndpoint(value, protocol, names);
  if (!endpoint) throw wrong("illegal virtual server address[:port] specified");
  draft.address = endpoint.address;
  draft.port = endpoint.port ?? 0;
  draft.family = familyOf(endpoint.address);
  if (draft.family === 6) draft.netmask = "128";
}

/** Without a port it is that of the service, if the service was named before. */
function takeServer(draft: Draft, value: string, names: Names): void {
  const endpoint = parseEndpoint(value, draft.protocol, names);
  if (!endpoint) throw wrong("illegal real server address[:port] specified");
  draft.server = { address: endpoint.address, port: endpoint.port ?? draft.port };
}

function takePersistence(draft: Draft, value: string): void {
  const sentence = `invalid timeout value \`${value}' specified`;
  draft.persistence = numberIn(value, [1, MAX_TIMEOUT], sentence);
}

export const BARE_PERSISTENCE = String(DEFAULT_PERSISTENCE);

/** A whole number of seconds; 0 keeps what the kernel has. */
export function timeoutOf(value: string): number {
  return numberIn(value, [0, MAX_TIMEOUT], `invalid timeout value \`${value}' specified`);
}

function takeNetmask(draft: Draft, value: string, names: Names): void {
  if (draft.family === 6) {
    // atoi: what stands behind the digits is passed over.
    const digits = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(value)?.[1] ?? "0";
    const length = toNumber(digits, 1, 128);
    if (length === undefined) throw wrong("illegal ipv6 netmask specified");
    draft.netmask = String(length);
    return;
  }
  const mask = inetAton(value) ?? names.host(value);
  if (!mask) throw wrong("illegal virtual server persistent mask specified");
  draft.netmask = mask;
}
