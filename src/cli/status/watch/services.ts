/** Virtual services and their servers with bars and rates, as wide as there is room. */
import { parseIp } from "../../../base/ip.ts";
import { endpointName } from "../../../base/service.ts";
import type {
  ServiceSnapshot,
  Snapshot,
  TrafficSnapshot,
} from "../../../core/director/snapshot-types.ts";
import { bytesRate, type Style, styleOf } from "../../text.ts";
import { quorumWords, stateOf } from "../render-health.ts";
import { bar, short } from "./bars.ts";
import { type Column, fit } from "./columns.ts";
import { changeMark, type Room } from "./room.ts";

type Server = ServiceSnapshot["servers"][number];

/** Of all services together, so that columns and bars compare. */
export function serviceLines(
  { services, foreignServices }: Snapshot,
  before: Snapshot | undefined,
  room: Room,
  style: Style,
): readonly string[] {
  const servers = services.flatMap((service) => service.servers);
  const was = new Map(before?.services.flatMap(stateEntries));
  const marks = services.flatMap(stateEntries).map(([key, is]) => changeMark(was.get(key), is));
  const rows = serverRows(servers, marks, room, style);
  let next = 0;
  const lines = services.flatMap((service) => [
    ...headLines(service, room, style),
    ...service.servers.map(() => rows[next++] ?? ""),
  ]);
  return [...lines, ...foreignServices.map((name) => ` ${name}  foreign, left alone`)];
}

const stateEntries = ({ name, servers }: ServiceSnapshot): [string, string][] =>
  servers.map((server) => [`${name} ${server.address} ${server.port}`, plainState(server)]);

const plainState = ({ health }: Server): string => stateOf(health, styleOf(false));

/** One line, or two where that is too long. */
function headLines(service: ServiceSnapshot, room: Room, style: Style): readonly string[] {
  const { name, listen, scheduler, inKernel, rates, health } = service;
  const trouble = [
    ...(inKernel ? [] : [style.bad("not in the kernel")]),
    ...(health ? quorumWords(health, style) : []),
  ];
  const plain = ` ${name}  ${listen}  ${scheduler}`;
  const painted = [` ${style.bold(name)}`, listen, scheduler, ...trouble].join("  ");
  const traffic = rates ? trafficWords(rates) : "";
  if (traffic === "") return [painted];
  const fits = plain.length + trouble.join("  ").length + traffic.length + 4 <= room.columns;
  return fits ? [`${painted}  ${traffic}`] : [painted, `   ${traffic}`];
}

const trafficWords = ({ connections, ...rest }: TrafficSnapshot): string =>
  [
    `${short(connections)} conn/s`,
    `${short(rest.inPackets + rest.outPackets)} pkt/s`,
    `in ${bytesRate(rest.inBytes)}`,
    `out ${bytesRate(rest.outBytes)}`,
  ].join("  ");

const COLUMN = { name: 0, state: 1, weightBar: 2, weight: 3, connections: 4 } as const;
const WEIGHT_CELLS = 5;

function serverRows(
  servers: readonly Server[],
  marks: readonly string[],
  room: Room,
  style: Style,
): readonly string[] {
  const most = Math.max(0, ...servers.map(connectionsOf));
  const columns = columnsOf(servers, marks, room);
  const draw = (row: number, cells: number): string =>
    bar(connectionsOf(servers[row]), most, cells, room.unicode);
  const { rows, kept } = fit(columns, { before: COLUMN.connections, draw }, room.columns);
  return rows.map((cells, row) =>
    cells
      .map((cell, at) => (kept[at] === COLUMN.state ? paintState(cell, servers[row], style) : cell))
      .join("  ")
      .trimEnd(),
  );
}

const connectionsOf = (server: Server | undefined): number =>
  server?.inKernel ? (server.activeConnections ?? 0) + (server.inactiveConnections ?? 0) : 0;

/** In the order of COLUMN. */
function columnsOf(
  servers: readonly Server[],
  marks: readonly string[],
  { unicode }: Room,
): readonly Column[] {
  const heaviest = Math.max(0, ...servers.map(weightOf));
  const column = (
    expendable: number,
    align: Column["align"],
    cell: (server: Server, row: number) => string,
  ): Column => ({ cells: servers.map(cell), expendable, align });
  const rate = (tell: (rates: TrafficSnapshot) => string) => (server: Server) =>
    server.rates ? tell(server.rates) : "";
  return [
    column(0, "left", (server, row) => ` ${marks[row] ?? " "} ${nameOf(server)}`),
    column(0, "left", plainState),
    column(6, "left", (server) => bar(weightOf(server), heaviest, WEIGHT_CELLS, unicode)),
    column(3, "left", weightText),
    column(1, "right", (server) => (server.inKernel ? short(connectionsOf(server)) : "")),
    column(
      2,
      "right",
      rate(({ connections }) => `${short(connections)} conn/s`),
    ),
    column(
      5,
      "right",
      rate(({ inPackets, outPackets }) => `${short(inPackets + outPackets)} pkt/s`),
    ),
    column(
      4,
      "right",
      rate(({ inBytes }) => `in ${bytesRate(inBytes)}`),
    ),
    column(
      7,
      "right",
      rate(({ outBytes }) => `out ${bytesRate(outBytes)}`),
    ),
  ];
}

const weightOf = ({ inKernel, kernelWeight }: Server): number =>
  inKernel ? (kernelWeight ?? 0) : 0;

const weightText = ({ inKernel, kernelWeight, weight }: Server): string => {
  if (!inKernel) return "not there";
  return kernelWeight === undefined || kernelWeight === weight
    ? `w ${weight}`
    : `w ${kernelWeight} of ${weight}`;
};

function nameOf({ address, port }: Server): string {
  const ip = parseIp(address);
  return ip ? endpointName({ address: ip, port }) : address;
}

/** The cell keeps its width. */
function paintState(cell: string, server: Server | undefined, style: Style): string {
  if (!server) return cell;
  return stateOf(server.health, style) + " ".repeat(cell.length - plainState(server).length);
}
