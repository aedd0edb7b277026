/** `-L` and `-S`: reads the table, in its order, and prints it. */
import type { Ip } from "../base/ip.ts";
import { ipvsErrno } from "../os/ipvs-answers.ts";
import type { DirectIpvs } from "../os/ipvs-direct.ts";
import type { SyncDaemon } from "../wire/ipvs/types.ts";
import type { Listing } from "./call.ts";
import { inetNtop, type Naming } from "./format.ts";
import {
  isCounted,
  type ListedTable,
  type Style,
  tableLines,
  titleLines,
  viewOf,
} from "./lines.ts";
import type { Resolver } from "./names.ts";
import { refusalText } from "./refusal.ts";
import { saveLines } from "./save.ts";
import { sortDestinations, sortServices } from "./sort.ts";
import { Stop } from "./stop.ts";

export interface Sources {
  readonly ipvs: DirectIpvs;
  readonly resolver: Resolver;
  readonly out: (text: string) => void;
}

/** Throws a Stop with exit code 1 where the kernel refuses. */
export async function list(listing: Listing, sources: Sources): Promise<void> {
  const { shows } = listing;
  const naming: Naming = { names: shows.includes("numeric") ? undefined : sources.resolver };
  try {
    if (shows.includes("connection")) {
      const style = { ...naming, persistent: shows.includes("persistent-conn") };
      const { listConnections } = await import("./connections.ts");
      await listConnections(style, sources.out);
    } else if (listing.service) await listOne(listing, naming, sources);
    else if (shows.includes("timeout")) listTimeouts(sources);
    else if (shows.includes("daemon")) listDaemons(sources);
    else await listAll(listing, naming, sources);
  } catch (error) {
    throw asStop(error);
  }
}

export async function save(numeric: boolean, sources: Sources): Promise<void> {
  const naming: Naming = { names: numeric ? undefined : sources.resolver };
  try {
    const tables = tablesOf(sources.ipvs, { sorted: true, counted: false });
    for (const table of await named(tables, naming)) sources.out(saveLines(table, naming));
  } catch (error) {
    throw asStop(error);
  }
}

function asStop(error: unknown): unknown {
  const errno = ipvsErrno(error);
  return errno === undefined ? error : new Stop(1, `${refusalText("list", errno)}\n`);
}

async function listAll({ shows }: Listing, naming: Naming, sources: Sources): Promise<void> {
  const { version, connectionTableSize } = sources.ipvs.info();
  sources.out(`IP Virtual Server version ${version} (size=${connectionTableSize})\n`);
  const style = styleOf(shows, naming);
  sources.out(titleLines(style.view));
  const reading = { sorted: !shows.includes("nosort"), counted: isCounted(style) };
  const tables = await named(tablesOf(sources.ipvs, reading), naming);
  for (const table of tables) sources.out(tableLines(table, style));
}

async function listOne(
  { shows, service: key }: Listing,
  naming: Naming,
  { ipvs, out }: Sources,
): Promise<void> {
  const service = key && ipvs.service(key);
  if (!service) throw new Stop(1, "No such service\n");
  const style = styleOf(shows, naming);
  const destinations = ipvs.destinations(service.key, isCounted(style));
  const sorted = shows.includes("nosort") ? destinations : sortDestinations(destinations);
  const [table] = await named([{ service, destinations: sorted }], naming);
  if (table) out(`${titleLines(style.view)}${tableLines(table, style)}`);
}

const styleOf = (shows: Listing["shows"], naming: Naming): Style => ({
  ...naming,
  view: viewOf(shows),
  exact: shows.includes("exact"),
});

/** Each service's servers are read when it is its turn: none is kept longer than it takes. */
function* tablesOf(
  ipvs: DirectIpvs,
  { sorted, counted }: { readonly sorted: boolean; readonly counted: boolean },
): Generator<ListedTable, void> {
  const services = ipvs.services();
  for (const service of sorted ? sortServices(services) : services) {
    const destinations = ipvs.destinations(service.key, counted);
    yield { service, destinations: sorted ? sortDestinations(destinations) : destinations };
  }
}

/** Where names are wanted they are asked for at the same time: one by one costs a look-up each. */
async function named(
  tables: Iterable<ListedTable>,
  { names }: Naming,
): Promise<Iterable<ListedTable>> {
  if (!names) return tables;
  const all = [...tables];
  await names.prepare(
    all.flatMap(({ service: { key }, destinations }): readonly Ip[] => [
      ...(key.kind === "address" ? [key.address] : []),
      ...destinations.map(({ address }) => address),
    ]),
  );
  return all;
}

function listTimeouts({ ipvs, out }: Sources): void {
  const { tcp, tcpFin, udp } = ipvs.timeouts();
  out(`Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`);
}

function listDaemons({ ipvs, out }: Sources): void {
  const daemons = ipvs.daemons();
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
