/** Brings an IPVS table to what is desired with the fewest changes, and never flushes. */
import { diffByKey, indexBy, type KeyedDiff } from "../../base/keyed.ts";
import { endpointName, type ServiceKey, serviceName } from "../../base/service.ts";
import type { Destination, IpvsCommand, ObservedTable, Timeouts } from "../../wire/ipvs/types.ts";
import type { DesiredService } from "../types.ts";
import { destinationDifferences, effectiveDestination, serviceDifferences } from "./same.ts";

/** Which of the services that nobody desires may be removed. */
export interface Ownership {
  /** `own`: all of them; `share`: those that baton added. */
  readonly table: "share" | "own";
  /** By serviceName. */
  readonly added: ReadonlySet<string>;
}

export interface TableDiff {
  /** In an order that never leaves a service without a server that it is to keep. */
  readonly commands: readonly IpvsCommand[];
  /** Services of somebody else, which stay. */
  readonly foreign: readonly ServiceKey[];
  /** What was not as desired, a sentence each, for the log. */
  readonly drift: readonly string[];
}

/**
 * The order: first every desired service, itself before its destinations, and those that come
 * before those that go; then the services that are no longer wanted.
 */
export function diffTable(
  desired: readonly DesiredService[],
  observed: readonly ObservedTable[],
  ownership: Ownership,
): TableDiff {
  const found = indexBy(observed, (table) => serviceName(table.service.key));
  const commands: IpvsCommand[] = [];
  const drift: string[] = [];
  const wanted = indexBy(desired, (each) => serviceName(each.service.key));
  for (const [name, want] of wanted) {
    const part = diffService(want, found.get(name));
    commands.push(...part.commands);
    drift.push(...part.drift);
  }
  const foreign: ServiceKey[] = [];
  for (const [name, { service }] of found) {
    if (wanted.has(name)) continue;
    if (ownership.table === "own" || ownership.added.has(name)) {
      commands.push({ kind: "removeService", key: service.key });
      drift.push(`service ${name} was not wanted`);
    } else foreign.push(service.key);
  }
  return { commands, foreign, drift };
}

/** The changes that bring one service to what is desired. */
export function diffService(
  desired: DesiredService,
  observed: ObservedTable | undefined,
): Omit<TableDiff, "foreign"> {
  const { service } = desired;
  const name = serviceName(service.key);
  if (observed === undefined) {
    const added = [...effectiveDestinations(service.key, desired.destinations).values()];
    const commands = destinationCommands(service.key, { added, changed: [], removed: [] });
    return {
      commands: [{ kind: "addService", service }, ...commands],
      drift: [`service ${name} was missing`],
    };
  }
  const differences = serviceDifferences(service, observed.service);
  const destinations = diffDestinations(desired, observed.destinations);
  const commands = destinationCommands(service.key, destinations);
  const drift = destinationDrift(name, destinations);
  if (differences.length === 0) return { commands, drift };
  return {
    commands: [{ kind: "editService", service }, ...commands],
    drift: [`service ${name} had ${differences.join(", ")}`, ...drift],
  };
}

/** Undefined where the kernel's timeouts are as desired; a desired 0 leaves the kernel's. */
export function diffTimeouts(
  desired: Timeouts | undefined,
  observed: Timeouts,
): IpvsCommand | undefined {
  if (desired === undefined) return undefined;
  const same = (want: number, have: number): boolean => want === 0 || want === have;
  const settled =
    same(desired.tcp, observed.tcp) &&
    same(desired.tcpFin, observed.tcpFin) &&
    same(desired.udp, observed.udp);
  return settled ? undefined : { kind: "setTimeouts", timeouts: desired };
}

type DestinationDiff = KeyedDiff<Destination, Destination>;

const diffDestinations = (
  desired: DesiredService,
  observed: readonly Destination[],
): DestinationDiff => {
  const { key } = desired.service;
  const unjudged = effectiveDestinations(key, desired.asFound ?? []);
  return diffByKey(
    effectiveDestinations(key, desired.destinations),
    indexBy(
      observed.filter((each) => !unjudged.has(endpointName(each))),
      endpointName,
    ),
    (want, have) => destinationDifferences(want, have).length === 0,
  );
};

const effectiveDestinations = (
  key: ServiceKey,
  destinations: readonly Destination[],
): ReadonlyMap<string, Destination> =>
  indexBy(
    destinations.map((each) => effectiveDestination(key, each)),
    endpointName,
  );

const destinationCommands = (key: ServiceKey, diff: DestinationDiff): readonly IpvsCommand[] => [
  ...diff.added.map((destination) => ({ kind: "addDestination", key, destination }) as const),
  ...diff.changed.map(
    ({ desired }) => ({ kind: "editDestination", key, destination: desired }) as const,
  ),
  ...diff.removed.map(({ address, port }) => {
    return { kind: "removeDestination", key, destination: { address, port } } as const;
  }),
];

const destinationDrift = (service: string, diff: DestinationDiff): readonly string[] => [
  ...diff.added.map((each) => `server ${endpointName(each)} of ${service} was missing`),
  ...diff.changed.map(({ desired, observed }) => {
    const differences = destinationDifferences(desired, observed).join(", ");
    return `server ${endpointName(desired)} of ${service} had ${differences}`;
  }),
  ...diff.removed.map((each) => `server ${endpointName(each)} of ${service} was not wanted`),
];
