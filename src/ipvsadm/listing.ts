/** `-L` and `-S`: reads the table, in its order, and prints it. */
import type { Ip } from "../base/ip.ts";
import { type Ipvs, ipvsErrno } from "../os/ipvs-table.ts";
import type { ObservedTable, SyncDaemon } from "../wire/ipvs/types.ts";
import type { Listing } from "./call.ts";
import { listConnections } from "./connections.ts";
import { inetNtop, type Naming } from "./format.ts";
import { type Style, tableLines, titleLines, viewOf } from "./lines.ts";
import type { Resolver } from "./names.ts";
import { refusalText } from "./refusal.ts";
import { saveLines } from "./save.ts";
import { sortDestinations, sortTables } from "./sort.ts";
import { Stop } from "./stop.ts";

export interface Sources {
  readonly ipvs: Ipvs;
  readonly resolver: Resolver;
  readonly out: (text: string) => void;
}

/** Throws a Stop with exit code 1 where the kernel refuses. */
export async function list(listing: Listing, sources: Sources): Promise<void> {
  const { shows } = listing;
  const naming: Naming = { names: shows.has("numeric") ? undefined : sources.resolver };
  try {
    if (shows.has("connection")) {
      const style = { ...naming, persistent: shows.has("persistent-conn") };
      await listConnections(style, sources.out);
    } else if (listing.service) await listOne(listing, naming, sources);
    else if (shows.has("timeout")) await listTimeouts(sources);
    else if (shows.has("daemon")) await listDaemons(sources);
    else await listAll(listing, naming, sources);
  } catch (error) {
    throw asStop(error);
  }
}

export async function save(numeric: boolean, sources: Sources): Promise<void> {
  const naming: Naming = { names: numeric ? undefined : sources.resolver };
  try {
    const tables = await read(sources.ipvs, true);
    await prepare(tables, naming);
    sources.out(tables.map((table) => saveLines(table, naming)).join(""));
  } catch (error) {
    throw asStop(error);
  }
}

function asStop(error: unknown): unknown {
  const errno = ipvsErrno(error);
  return errno === undefined ? error : new Stop(1, `${refusalText("list", errno)}\n`);
}

async function listAll({ shows }: Listing, naming: Naming, sources: Sources): Promise<void> {
  const { version, connectionTableSize } = await sources.ipvs.info();
  sources.out(`IP Virtual Server version ${version} (size=${connectionTableSize})\n`);
  const style = styleOf(shows, naming);
  sources.out(titleLines(style.view));
  const tables = await read(sources.ipvs, !shows.has("nosort"));
  await prepare(tables, naming);
  sources.out(tables.map((table) => tableLines(table, style)).join(""));
}

async function listOne(
  { shows, service: key }: Listing,
  naming: Naming,
  { ipvs, out }: Sources,
): Promise<void> {
  const service = key && (await ipvs.service(key));
  if (!service) throw new Stop(1, "No such service\n");
  const destinations = await ipvs.destinations(service.key);
  const sorted = shows.has("nosort") ? destinations : sortDestinations(destinations);
  const table = { service, destinations: sorted };
  await prepare([table], naming);
  const style = styleOf(shows, naming);
  out(`${titleLines(style.view)}${tableLines(table, style)}`);
}

const styleOf = (shows: Listing["shows"], naming: Naming): Style => ({
  ...naming,
  view: viewOf(shows),
  exact: shows.has("exact"),
});

async function read(ipvs: Ipvs, sorted: boolean): Promise<readonly ObservedTable[]> {
  const tables = await ipvs.table();
  if (!sorted) return tables;
  return sortTables(tables).map(({ service, destinations }) => ({
    service,
    destinations: sortDestinations(destinations),
  }));
}

/** All names at the same time: one after the other costs a look-up each. */
async function prepare(tables: readonly ObservedTable[], { names }: Naming): Promise<void> {
  if (!names) return;
  await names.prepare(
    tables.flatMap(({ service: { key }, destinations }): readonly Ip[] => [
      ...(key.kind === "address" ? [key.address] : []),
      ...destinations.map(({ address }) => address),
    ]),
  );
}

async function listTimeouts({ ipvs, out }: Sources): Promise<void> {
  const { tcp, tcpFin, udp } = await ipvs.timeouts();
  out(`Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`);
}

async function listDaemons({ ipvs, out }: Sources): Promise<void> {
  const daemons = await ipvs.daemons();
  for (const role of ["master", "backup"] as const) {
    out(
      daemons
        .filter((one) => one.role === role)
        .map(daemonLine)
        .join(""),
    );
  }
}

/** What the kernel does not say is left out. */
function daemonLine(daemon: SyncDaemon): string {
  const parts = [
    `mcast=${daemon.interface}`,
    `syncid=${daemon.syncId}`,
    daemon.maxLength === undefined ? undefined : `maxlen=${daemon.maxLength}`,
    daemon.group === undefined ? undefined : `group=${inetNtop(daemon.group)}`,
    daemon.port === undefined ? undefined : `port=${daemon.port}`,
    daemon.ttl === undefined ? undefined : `ttl=${daemon.ttl}`,
  ];
  return `${daemon.role} sync daemon (${parts.filter((part) => part !== undefined).join(", ")})\n`;
}
