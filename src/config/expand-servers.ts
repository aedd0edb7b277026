/** Sets of servers, and ranges of their addresses, as the single servers of each service. */
import type { EndpointRange } from "./endpoint-range.ts";
import { addressesBetween, MAX_RANGE } from "./ranges.ts";
import { error, type Place, type Problem } from "./report.ts";
import type { FileConfig, FileServer } from "./schema.ts";
import { didYouMean } from "./suggest.ts";

export interface Expanded {
  readonly file: FileConfig;
  readonly problems: readonly Problem[];
  /** Where the file has what stands at a place of the expanded one. */
  readonly origin: (place: Place) => Place;
}

type Service = FileConfig["services"][string];

/** Of one service, or of one set. */
const MAX_SERVERS = MAX_RANGE;

interface Single {
  readonly server: FileServer;
  readonly place: Place;
}

export function expandServers(file: FileConfig): Expanded {
  const problems: Problem[] = [];
  const sets = new Map(
    Object.entries(file.serverSets).map(([name, servers]) => [
      name,
      expandList(servers, ["serverSets", name], problems),
    ]),
  );
  const origins = new Map<string, Place>();
  const note = (place: Place, singles: readonly Single[]): readonly FileServer[] =>
    singles.map(({ server, place: from }, i) => {
      origins.set(keyOf([...place, i]), from);
      return server;
    });
  const services = Object.entries(file.services).map(([name, service]): [string, Service] => {
    const place = ["services", name];
    const own = expandList(service.servers ?? [], [...place, "servers"], problems);
    const shared = setsOf(service, place, sets, problems);
    const spare = expandList(service.fallback, [...place, "fallback"], problems);
    const servers = [...note([...place, "servers"], [...own, ...shared])];
    return [name, { ...service, servers, fallback: [...note([...place, "fallback"], spare)] }];
  });
  const origin = (place: Place): Place => {
    const from = origins.get(keyOf(place.slice(0, SERVER_DEPTH)));
    return from ? [...from, ...place.slice(SERVER_DEPTH)] : place;
  };
  return { file: { ...file, services: Object.fromEntries(services) }, problems, origin };
}

/** services, NAME, servers, INDEX. */
const SERVER_DEPTH = 4;
const keyOf = (place: Place): string => JSON.stringify(place);

function setsOf(
  { servers, sets: names }: Service,
  place: Place,
  sets: ReadonlyMap<string, readonly Single[]>,
  problems: Problem[],
): readonly Single[] {
  if (servers === undefined && names.length === 0) {
    problems.push(error(place, "has no servers: write servers, or sets for those of serverSets"));
  }
  return names.flatMap((name, i) => {
    const found = sets.get(name);
    if (found) return found;
    const message = `there is no set ${name} in serverSets${didYouMean(name, [...sets.keys()])}`;
    problems.push(error([...place, "sets", i], message));
    return [];
  });
}

function expandList(
  servers: readonly FileServer[],
  place: Place,
  problems: Problem[],
): readonly Single[] {
  const found: Single[] = [];
  for (const [i, server] of servers.entries()) {
    const here = [...place, i];
    const singles = singlesOf(server);
    if (found.length + singles.length > MAX_SERVERS) {
      problems.push(error(here, `more than ${MAX_SERVERS} servers of one list`));
      break;
    }
    found.push(...singles.map((one) => ({ server: one, place: here })));
  }
  return found;
}

/** The same server at each address of its range. */
const singlesOf = (server: FileServer): readonly FileServer[] =>
  isRange(server)
    ? endpointsOf(server)
    : endpointsOf(server.address).map((address) => ({ ...server, address }));

const isRange = (server: FileServer): server is EndpointRange => typeof server.address === "string";

function endpointsOf({ address, port, last }: EndpointRange): readonly EndpointRange[] {
  const addresses = last === undefined ? [address] : (addressesBetween(address, last) ?? []);
  return addresses.map((one) => ({ address: one, port, last: undefined }));
}
