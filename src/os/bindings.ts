/** Which servers a client is on, as this host's kernel has it in its IPVS connections. */
import { contains, type Ip, ipBytes, parseIp } from "../base/ip.ts";
import type { Connection } from "../wire/ipvs/connection.ts";
import {
  type Destination,
  endpointName,
  type ObservedTable,
  type Service,
  serviceName,
} from "../wire/ipvs/types.ts";
import { readConnections } from "./connections.ts";
import { openIpvs } from "./ipvs.ts";

export interface Binding {
  /** The service as the kernel names it: `tcp 192.168.60.100:80`. */
  readonly listen: string;
  readonly server: string;
  /** A template keeps the client there; a connection is one. */
  readonly by: "connection" | "persistence";
  readonly count: number;
  readonly states: Readonly<Record<string, number>>;
  /** Until the kernel forgets the last of them. */
  readonly longestMs: number;
}

/** Where new connections go. */
export interface Scheduling {
  readonly listen: string;
  readonly scheduler: string;
  readonly flags: number;
  readonly persistent: boolean;
  /** Of a service that hashes the client's address, as the kernel lists them; else empty. */
  readonly hashed: readonly Pick<Destination, "address" | "port" | "weight">[];
}

export interface ClientBindings {
  readonly bindings: readonly Binding[];
  readonly services: readonly Scheduling[];
}

const SECOND = 1000;

/** Rejects where the kernel has no IPVS. */
export async function bindingsOf(client: Ip): Promise<ClientBindings> {
  const tables = await tablesInKernel();
  const found = new Map<string, Binding>();
  for await (const some of readConnections()) {
    for (const one of some) note(found, tables, one, client);
  }
  return { bindings: [...found.values()], services: tables.map(schedulingOf) };
}

async function tablesInKernel(): Promise<readonly ObservedTable[]> {
  const ipvs = await openIpvs();
  try {
    return await ipvs.table();
  } finally {
    ipvs.close();
  }
}

function schedulingOf({ service, destinations }: ObservedTable): Scheduling {
  const { key, scheduler, flags, persistence } = service;
  const hashed =
    scheduler === "sh"
      ? destinations.map(({ address, port, weight }) => ({ address, port, weight }))
      : [];
  return { listen: serviceName(key), scheduler, flags, persistent: persistence > 0, hashed };
}

function note(
  found: Map<string, Binding>,
  tables: readonly ObservedTable[],
  connection: Connection,
  client: Ip,
): void {
  const service = serviceOf(connection, tables);
  if (!service || !isOf(connection, service, client)) return;
  const { destination: address, destinationPort: port, state, expires } = connection;
  const by = connection.clientPort === 0 ? "persistence" : "connection";
  const [listen, server] = [serviceName(service.key), endpointName({ address, port })];
  const key = `${by} ${listen} ${server}`;
  const known = found.get(key);
  found.set(key, {
    listen,
    server,
    by,
    count: (known?.count ?? 0) + 1,
    states: { ...known?.states, [state]: (known?.states[state] ?? 0) + 1 },
    longestMs: Math.max(known?.longestMs ?? 0, expires * SECOND),
  });
}

/** A template stands for all clients of its network. */
function isOf(connection: Connection, service: Service, client: Ip): boolean {
  if (connection.clientPort !== 0) return connection.client === client;
  const network = { address: connection.client, prefix: prefixOf(service) };
  return service.persistence > 0 && contains(network, client);
}

/** By address and port, by address alone (port 0), else by the mark that its server belongs to. */
export function serviceOf(
  connection: Connection,
  tables: readonly ObservedTable[],
): Service | undefined {
  const { protocol, virtual, virtualPort, destination } = connection;
  const direct = tables.find(
    ({ service: { key } }) =>
      key.kind === "address" &&
      key.protocol === protocol.toLowerCase() &&
      key.address === virtual &&
      (key.port === virtualPort || key.port === 0),
  );
  if (direct) return direct.service;
  return tables.find(
    ({ service: { key }, destinations }) =>
      key.kind === "mark" &&
      (protocol !== "IP" || markIn(virtual) === key.mark) &&
      destinations.some(({ address }) => address === destination),
  )?.service;
}

/** A template by mark carries it in place of the virtual address. */
function markIn(address: Ip): number {
  const octets = ipBytes(address);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return view.getUint32(octets.length - 4);
}

function prefixOf({ netmask }: Service): number {
  const mask = parseIp(netmask);
  if (mask === undefined) return Number(netmask);
  const bits = ipBytes(mask).reduce((text, one) => text + one.toString(2).padStart(8, "0"), "");
  return bits.replace(/0+$/, "").length;
}
