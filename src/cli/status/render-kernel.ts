/** What a running director's kernel has of IPVS, as text: services, sync daemon, repairs. */

import { parseIp } from "../../base/ip.ts";
import { endpointName } from "../../base/service.ts";
import type {
  ServiceSnapshot,
  Snapshot,
  SyncSnapshot,
  TrafficSnapshot,
} from "../../core/director/snapshot-types.ts";
import { age, ago, bytesRate, type Style, table } from "../text.ts";
import { quorumWords, stateOf, whyOf } from "./render-health.ts";

const REPAIRS = 5;

/** Sections. */
export const kernelLines = (snapshot: Snapshot, style: Style): readonly (readonly string[])[] => [
  serviceLines(snapshot, style),
  snapshot.sync ? [syncLine(snapshot.sync, style), ...resyncLines(snapshot.sync)] : [],
  repairLines(snapshot, style),
];

function serviceLines(snapshot: Snapshot, style: Style): readonly string[] {
  const { services, foreignServices, ipvs } = snapshot;
  const foreign = foreignServices.map((name) => `  ${name}  foreign, left alone`);
  if (services.length + foreign.length === 0) return [];
  const read =
    ipvs.problem === undefined
      ? style.dim(`, the table read ${ago(ipvs.readAgoMs)}`)
      : `: ${style.bad(ipvs.problem)}`;
  return [
    `${style.bold("services")}${read}`,
    ...services.flatMap((service) => oneService(service, style)),
    ...foreign,
  ];
}

function oneService(service: ServiceSnapshot, style: Style): readonly string[] {
  const { name, listen, scheduler, instance, inKernel, rates } = service;
  const about = [
    scheduler,
    ...(instance === undefined ? [] : [`with ${instance}`]),
    ...(inKernel ? [] : [style.bad("not in the kernel")]),
    ...(service.health ? quorumWords(service.health, style) : []),
    ...ratesOf(rates),
  ];
  const rows = service.servers.map((server) => serverRow(server, style));
  return [`  ${name}  ${listen}  ${about.join(", ")}`, ...table(rows, 4)];
}

function serverRow(server: ServiceSnapshot["servers"][number], style: Style): readonly string[] {
  const ip = parseIp(server.address);
  const name = ip ? endpointName({ address: ip, port: server.port }) : server.address;
  const { weight, kernelWeight = weight } = server;
  const weights = kernelWeight === weight ? `${weight}` : `${kernelWeight} of ${weight}`;
  const { state } = server.health;
  const serves =
    (state === "up" || state === "leaving") && server.health.admin?.action !== "disable";
  const about = server.inKernel
    ? [
        `${server.activeConnections ?? 0} active`,
        `${server.inactiveConnections ?? 0} inactive`,
        ...ratesOf(server.rates),
      ].join(", ")
    : serves
      ? style.bad("not in the kernel")
      : "not in the table";
  return [
    name,
    server.forward,
    `weight ${weights}`,
    stateOf(server.health, style),
    about,
    whyOf(server.health, style),
  ];
}

const ratesOf = (rates: TrafficSnapshot | undefined): readonly string[] =>
  rates === undefined
    ? []
    : [
        `${rates.connections} connections/s`,
        `in ${bytesRate(rates.inBytes)}`,
        `out ${bytesRate(rates.outBytes)}`,
      ];

function resyncLines({ resync }: SyncSnapshot): readonly string[] {
  const { last, lastAgoMs, runningMs, learning } = resync;
  return [
    ...(last === undefined || lastAgoMs === undefined ? [] : [`  ${last}, ${ago(lastAgoMs)}`]),
    ...(runningMs === undefined ? [] : [`  a pass runs since ${age(runningMs)}`]),
    ...learning.map(
      ({ instance, from, forMs }) =>
        `  ${instance} learns the connections of ${from} since ${age(forMs)}`,
    ),
  ];
}

function syncLine(sync: SyncSnapshot, style: Style): string {
  const list = (roles: readonly string[]): string =>
    roles.length === 0 ? "none" : roles.join(" and ");
  const agrees = [...sync.wanted].sort().join() === [...sync.running].sort().join();
  const running = `running ${list(sync.running)}`;
  return (
    `${style.bold("connection sync")} on ${sync.interface}, sync id ${sync.syncId}: ` +
    `wanted ${list(sync.wanted)}, ${agrees ? running : style.bad(running)}`
  );
}

function repairLines({ repairs }: Snapshot, style: Style): readonly string[] {
  if (repairs.length === 0) return [];
  const rows = [...repairs]
    .sort((a, b) => b.agoMs - a.agoMs)
    .slice(-REPAIRS)
    .map(({ agoMs, what }) => [ago(agoMs), what]);
  return [style.bold("repairs"), ...table(rows, 2)];
}
