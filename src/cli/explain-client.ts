/** `baton explain CLIENT`: which servers a client is on now, as this host's kernel knows it. */
import { BatonError, messageOf } from "../base/errors.ts";
import { contains, type Ip, ipBytes, parseIp } from "../base/ip.ts";
import { endpointName, serviceName } from "../base/service.ts";
import { readConnections } from "../os/connections.ts";
import { openIpvs } from "../os/ipvs.ts";
import type { Connection } from "../wire/ipvs/connection.ts";
import type { ObservedTable, Service } from "../wire/ipvs/types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { age, styleOf, table } from "./text.ts";

export interface ClientOptions {
  readonly client: Ip;
  /** A service as the kernel names it, with its name in the file where that is known. */
  readonly nameOf: (listen: string) => string | undefined;
  readonly service?: string;
  readonly json?: true;
}

interface Binding {
  readonly service: string;
  readonly server: string;
  /** A template keeps the client there; a connection is one. */
  readonly by: "connection" | "persistence";
  readonly count: number;
  readonly states: Readonly<Record<string, number>>;
  readonly longestMs: number;
}

const SECOND = 1000;

export async function explainClient(context: Context, options: ClientOptions): Promise<number> {
  const tables = (await tablesInKernel()).filter(
    ({ service: { key } }) =>
      options.service === undefined || options.nameOf(serviceName(key)) === options.service,
  );
  const bindings: Binding[] = [];
  try {
    for await (const some of readConnections()) {
      for (const one of some) note(bindings, tables, one, options);
    }
  } catch (error) {
    throw new BatonError("BATON_IPVS", `the connections can not be read: ${messageOf(error)}`);
  }
  if (options.json) printJson(context, { client: options.client, bindings });
  else {
    const services = tables.map(({ service }) => service);
    print(context, styleOf(context.io.colour).bold(heading(options.client, bindings)));
    print(context, ...table(bindings.map(row), 2), ...openLines(bindings, services, options));
  }
  return EXIT.done;
}

async function tablesInKernel(): Promise<readonly ObservedTable[]> {
  const ipvs = await openIpvs();
  try {
    return await ipvs.table();
  } finally {
    ipvs.close();
  }
}

function note(
  bindings: Binding[],
  tables: readonly ObservedTable[],
  connection: Connection,
  { client, nameOf }: ClientOptions,
): void {
  const service = tableOf(connection, tables)?.service;
  if (!service || !isOf(connection, service, client)) return;
  const listen = serviceName(service.key);
  const { destination: address, destinationPort: port } = connection;
  const about: Pick<Binding, "service" | "server" | "by"> = {
    service: nameOf(listen) ?? listen,
    server: endpointName({ address, port }),
    by: connection.clientPort === 0 ? "persistence" : "connection",
  };
  const at = bindings.findIndex(
    (one) => one.service === about.service && one.server === about.server && one.by === about.by,
  );
  const known = bindings[at];
  const { state } = connection;
  const states = { ...known?.states, [state]: (known?.states[state] ?? 0) + 1 };
  const longestMs = Math.max(known?.longestMs ?? 0, connection.expires * SECOND);
  const next = { ...about, count: (known?.count ?? 0) + 1, states, longestMs };
  if (at < 0) bindings.push(next);
  else bindings[at] = next;
}

/** A template stands for all clients of its network. */
function isOf(connection: Connection, service: Service, client: Ip): boolean {
  if (connection.clientPort !== 0) return connection.client === client;
  const network = { address: connection.client, prefix: prefixOf(service) };
  return service.persistence > 0 && contains(network, client);
}

/** By address and port, by address alone (port 0), else by the mark that its server belongs to. */
function tableOf(connection: Connection, tables: readonly ObservedTable[]) {
  const { protocol, virtual, virtualPort, destination } = connection;
  const direct = tables.find(
    ({ service: { key } }) =>
      key.kind === "address" &&
      key.protocol === protocol.toLowerCase() &&
      key.address === virtual &&
      (key.port === virtualPort || key.port === 0),
  );
  if (direct) return direct;
  return tables.find(
    ({ service: { key }, destinations }) =>
      key.kind === "mark" &&
      (protocol !== "IP" || markIn(virtual) === key.mark) &&
      destinations.some(({ address }) => address === destination),
  );
}

/** A template by mark carries it in place of the virtual address. */
function markIn(address: Ip): number {
  const octets = ipBytes(address);
  return new DataView(octets.buffer).getUint32(octets.length - 4);
}

function prefixOf({ netmask }: Service): number {
  const mask = parseIp(netmask);
  if (mask === undefined) return Number(netmask);
  const octets = mask.split(".").map((octet) => Number(octet).toString(2).padStart(8, "0"));
  return octets.join("").replace(/0+$/, "").length;
}

const heading = (client: Ip, bindings: readonly Binding[]): string =>
  bindings.length === 0 ? `${client} has no connection in this host's table` : client;

const row = ({ service, server, by, count, states, longestMs }: Binding): readonly string[] => [
  service,
  server,
  by === "persistence"
    ? `kept there by persistence for ${age(longestMs)}`
    : `${count} connection${count === 1 ? "" : "s"} (${statesText(states)}), for ${age(longestMs)}`,
];

/** Where a new connection is not bound to go. */
function openLines(
  bindings: readonly Binding[],
  services: readonly Service[],
  { nameOf }: ClientOptions,
): readonly string[] {
  const names = services.flatMap(({ key, scheduler, persistence }) => {
    const name = nameOf(serviceName(key)) ?? serviceName(key);
    const kept = bindings.some((one) => one.service === name && one.by === "persistence");
    return persistence > 0 && kept ? [] : [`${name} (${scheduler})`];
  });
  if (names.length === 0) return [];
  const where = "A new connection goes where the scheduler puts it then, not known beforehand";
  return [`  ${where}: ${names.join(", ")}`];
}

const statesText = (states: Readonly<Record<string, number>>): string =>
  Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
