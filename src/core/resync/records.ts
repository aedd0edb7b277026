/** Which connections of this director's kernel another one has to learn, and how they are told. */
import { familyOf, type Ip, ipBytes } from "../../base/ip.ts";
import { serviceName } from "../../base/service.ts";
import type { Connection } from "../../wire/ipvs/connection.ts";
import type { Destination, Forward, Service } from "../../wire/ipvs/types.ts";
import type { SyncRecord } from "../../wire/sync/message.ts";
import type { DesiredService } from "../types.ts";

/** Why a connection is not told. */
export type Skipped =
  /** Of no service that is resynchronised: foreign, or of an instance that is not ours. */
  | "not ours"
  /** Its server is in no table any more: the method of forwarding is unknown. */
  | "server gone"
  | "local server"
  /** Services by mark that differ have the same server. */
  | "ambiguous mark"
  | "client port unknown"
  | "unknown state"
  /** The kernel's sync does not carry a service of one family with servers of the other. */
  | "mixed families"
  | "engine";

export type Told =
  | {
      readonly kind: "record";
      readonly record: SyncRecord;
      /** Whose connection it is, by `serviceName`. */
      readonly service: string;
      /** Counted: what a backup has to have as well. */
      readonly established: boolean;
    }
  | { readonly kind: "skipped"; readonly why: Skipped };

const FORWARD: Readonly<Record<Forward, number>> = { nat: 0, local: 1, tunnel: 2, dr: 3 };
const FLAG = { inactive: 0x0100, template: 0x1000 } as const;
const PROTOCOL = { TCP: 6, UDP: 17, SCTP: 132, IP: 0 } as const;
/** IP_VS_CTPL_S_NONE and _ASSURED: whether a connection by the template was ever established. */
const TEMPLATE_STATES = ["NONE", "ASSURED"];
/** By their numbers, IP_VS_TCP_S_*, IP_VS_UDP_S_* and IP_VS_SCTP_S_*. */
const STATES: Readonly<Record<"TCP" | "UDP" | "SCTP", readonly string[]>> = {
  TCP: [
    "NONE",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "SYNACK",
  ],
  UDP: ["UDP"],
  SCTP: [
    "NONE",
    "INIT1",
    "INIT",
    "C-SENT",
    "C-REPLIED",
    "C-WAIT",
    "COOKIE",
    "C-ECHOED",
    "ESTABLISHED",
    "S-SENT",
    "S-RECEIVED",
    "S-ACK-SENT",
    "REJECTED",
    "CLOSED",
  ],
};

/** Services by what a line of the connection table tells of them. */
export interface ServiceIndex {
  readonly byAddress: ReadonlyMap<string, DesiredService>;
  readonly byMark: ReadonlyMap<string, readonly DesiredService[]>;
  readonly own: ReadonlySet<string>;
}

/** `own` are this host's addresses: a server at one of them is served here and nowhere else. */
export function indexServices(
  services: readonly DesiredService[],
  own: ReadonlySet<string>,
): ServiceIndex {
  const byAddress = new Map<string, DesiredService>();
  const byMark = new Map<string, DesiredService[]>();
  for (const service of services) {
    const { key } = service.service;
    if (key.kind === "address") {
      byAddress.set(addressKey(key.protocol, key.address, key.port), service);
      continue;
    }
    for (const destination of service.destinations) {
      const at = serverKey(destination.address, destination.port);
      byMark.set(at, [...(byMark.get(at) ?? []), service]);
    }
  }
  return { byAddress, byMark, own };
}

const addressKey = (protocol: string, address: string, port: number): string =>
  `${protocol} ${address} ${port}`;
const serverKey = (address: string, port: number): string => `${address} ${port}`;

const skipped = (why: Skipped): Told => ({ kind: "skipped", why });

/** One line of the table as a record, or why not. */
export function tell(connection: Connection, index: ServiceIndex): Told {
  const found = serviceOf(connection, index);
  if (typeof found === "string") return skipped(found);
  const server = serverOf(connection, found);
  if (!server) return skipped("server gone");
  if (index.own.has(server.address) || server.forward === "local") return skipped("local server");
  if (familyOf(connection.client) !== familyOf(connection.destination)) {
    return skipped("mixed families");
  }
  if (connection.engine) return skipped("engine");
  const { service } = found;
  return isTemplate(connection, service)
    ? template(connection, service, server)
    : traffic(connection, service, server);
}

/** With the time that is left it would keep that as its timeout for good, so: the service's. */
function template(connection: Connection, service: Service, server: Destination): Told {
  const flags = FORWARD[server.forward] | FLAG.template;
  const state = TEMPLATE_STATES.indexOf(connection.state);
  const fate = { flags, state, timeout: service.persistence };
  const record = recordOf(connection, service, fate);
  return { kind: "record", record, service: serviceName(service.key), established: false };
}

function traffic(connection: Connection, service: Service, server: Destination): Told {
  const { protocol, clientPort, expires } = connection;
  if (clientPort === 0) return skipped("client port unknown");
  const state = protocol === "IP" ? -1 : STATES[protocol].indexOf(connection.state);
  if (state < 0) return skipped("unknown state");
  const active = protocol === "UDP" || connection.state === "ESTABLISHED";
  const flags = FORWARD[server.forward] | (active ? 0 : FLAG.inactive);
  // 0 would mean the state's own timeout.
  const record = recordOf(connection, service, { flags, state, timeout: Math.max(1, expires) });
  return { kind: "record", record, service: serviceName(service.key), established: active };
}

const isTemplate = ({ clientPort, state }: Connection, { persistence }: Service): boolean =>
  clientPort === 0 && persistence > 0 && TEMPLATE_STATES.includes(state);

function recordOf(
  connection: Connection,
  { key }: Service,
  fate: Pick<SyncRecord, "flags" | "state" | "timeout">,
): SyncRecord {
  const { client, clientPort, virtual, virtualPort, destination, destinationPort } = connection;
  return {
    protocol: PROTOCOL[connection.protocol],
    client,
    clientPort,
    virtual,
    virtualPort,
    destination,
    destinationPort,
    mark: key.kind === "mark" ? key.mark : 0,
    engine: undefined,
    ...fate,
  };
}

/** By address and port, by address alone (port 0), else by the mark that its server belongs to. */
function serviceOf(connection: Connection, index: ServiceIndex): DesiredService | Skipped {
  const { protocol, virtual, virtualPort, destination, destinationPort } = connection;
  const name = protocol.toLowerCase();
  const direct =
    index.byAddress.get(addressKey(name, virtual, virtualPort)) ??
    index.byAddress.get(addressKey(name, virtual, 0));
  if (direct) return direct;
  const marked = [
    ...(index.byMark.get(serverKey(destination, destinationPort)) ?? []),
    ...(destinationPort === 0 ? [] : (index.byMark.get(serverKey(destination, 0)) ?? [])),
  ];
  const fitting = protocol === "IP" ? marked.filter((one) => isMarkOf(one, virtual)) : marked;
  const [first, second] = fitting;
  if (second) return "ambiguous mark";
  return first ?? "not ours";
}

/** A template by mark carries it in place of the virtual address. */
const isMarkOf = ({ service: { key } }: DesiredService, virtual: Ip): boolean => {
  if (key.kind !== "mark") return false;
  const octets = ipBytes(virtual);
  return new DataView(octets.buffer).getUint32(octets.length - 4) === key.mark;
};

/** A server with port 0 takes any; a template of a service without a port has none. */
const serverOf = (
  { destination, destinationPort }: Connection,
  { destinations }: DesiredService,
): Destination | undefined =>
  destinations.find(
    ({ address, port }) =>
      address === destination && (port === destinationPort || port === 0 || destinationPort === 0),
  );
