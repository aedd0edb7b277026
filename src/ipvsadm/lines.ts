/** The lines of `-L`: titles, services and servers in each of its views. */
import { familyOf } from "../base/ip.ts";
import {
  type Forward,
  type Listed,
  type ObservedDestination,
  type ObservedService,
  SERVICE_FLAG,
  type Service,
  type Stats,
  type Tunnel,
} from "../wire/ipvs/types.ts";
import {
  flagsText,
  hasDefaultMask,
  large,
  markOf,
  type Naming,
  nameOf,
  protocolOf,
} from "./format.ts";
import type { Slot } from "./options.ts";

export type View = "stats" | "rate" | "thresholds" | "persistent-conn" | "tun-info" | "plain";

/** A service with its servers, with the counters where a view shows them. */
export interface ListedTable {
  readonly service: Listed<ObservedService>;
  readonly destinations: readonly Listed<ObservedDestination>[];
}

export interface Style extends Naming {
  readonly view: View;
  readonly exact: boolean;
}

const VIEWS: readonly View[] = ["stats", "rate", "thresholds", "persistent-conn", "tun-info"];

/** Of several the first counts. */
export const viewOf = (shows: readonly Slot[]): View =>
  VIEWS.find((view) => shows.includes(view as Slot)) ?? "plain";

export const isCounted = ({ view }: Style): boolean => view === "stats" || view === "rate";

const ADDRESS_TITLE = "  -> RemoteAddress:Port";
const LOCAL_TITLE = "Prot LocalAddress:Port";

const wide = (columns: readonly string[]): string =>
  columns.map((column) => ` ${column.padStart(8)}`).join("");

const TITLES: Readonly<Record<View, readonly [string, string]>> = {
  stats: [
    `${LOCAL_TITLE.padEnd(33)}${wide(["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"])}`,
    ADDRESS_TITLE,
  ],
  rate: [
    `${LOCAL_TITLE.padEnd(33)}${wide(["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"])}`,
    ADDRESS_TITLE,
  ],
  thresholds: [
    `${LOCAL_TITLE.padEnd(33)} Uthreshold Lthreshold ActiveConn InActConn `,
    ADDRESS_TITLE,
  ],
  "persistent-conn": [
    `${LOCAL_TITLE.padEnd(33)} Weight    PersistConn ActiveConn InActConn `,
    ADDRESS_TITLE,
  ],
  "tun-info": [
    `${LOCAL_TITLE} Scheduler Flags`,
    `${ADDRESS_TITLE}           Forward TunnelInfo    Weight ActiveConn InActConn`,
  ],
  plain: [
    `${LOCAL_TITLE} Scheduler Flags`,
    `${ADDRESS_TITLE}           Forward Weight ActiveConn InActConn`,
  ],
};

export const titleLines = (view: View): string => `${TITLES[view].join("\n")}\n`;

export function tableLines({ service, destinations }: ListedTable, style: Style): string {
  let lines = serviceLine(service, style);
  for (const one of destinations) lines += destinationLine(one, service, style);
  return lines;
}

function serviceLine(service: ListedTable["service"], style: Style): string {
  const name = serviceTitle(service, style);
  if (service.stats && isCounted(style)) {
    return `${name.padEnd(33)}${numbers(service.stats, style).join("")}\n`;
  }
  const flags = flagsText(service);
  const shown = flags === undefined ? "" : ` (${flags})`;
  const onePacket = (service.flags & SERVICE_FLAG.onePacket) === 0 ? "" : " ops";
  return `${name} ${service.scheduler}${shown}${persistenceText(service)}${onePacket}\n`;
}

function serviceTitle({ key }: ListedTable["service"], style: Style): string {
  if (key.kind === "mark") return `FWM  ${markOf(key.mark)}${key.family === 6 ? " IPv6" : ""}`;
  const name = nameOf(key, key.protocol, style);
  const text = `${key.protocol.toUpperCase().padEnd(4)} ${name}`;
  return familyOf(key.address) === 4 ? text.slice(0, 33) : text;
}

function persistenceText(service: Service): string {
  if (service.persistence === 0) return "";
  const mask = hasDefaultMask(service) ? "" : ` mask ${service.netmask}`;
  const engine = service.engine === undefined ? "" : ` pe ${service.engine}`;
  return ` persistent ${service.persistence}${mask}${engine}`;
}

const FORWARD: Readonly<Record<Forward, string>> = {
  nat: "Masq",
  local: "Local",
  tunnel: "Tunnel",
  dr: "Route",
};

type ListedServer = ListedTable["destinations"][number];

function destinationLine(one: ListedServer, of: Service, style: Style): string {
  const full = nameOf(one, protocolOf(of.key), style);
  const name = familyOf(one.address) === 4 ? full.slice(0, 28) : full;
  return `  -> ${name.padEnd(28)}${destinationColumns(one, style)}\n`;
}

const column = (value: number | string, width: number): string => ` ${String(value).padEnd(width)}`;

function destinationColumns(one: ListedServer, style: Style): string {
  const { stats, weight } = one;
  if (stats && style.view === "stats") return numbers(stats, style).join("");
  if (stats && style.view === "rate") return rates(stats, style);
  const counts = column(one.activeConnections, 10) + column(one.inactiveConnections, 10);
  const forward = column(FORWARD[one.forward], 7);
  switch (style.view) {
    case "thresholds":
      return column(one.upperThreshold, 10) + column(one.lowerThreshold, 10) + counts;
    case "persistent-conn":
      return column(weight, 9) + column(one.persistentConnections, 11) + counts;
    case "tun-info":
      return forward + column(tunnelText(one), 13) + column(weight, 6) + counts;
    case "plain":
    case "stats":
    case "rate":
      return forward + column(weight, 6) + counts;
  }
}

/** Of a server the first three are never shortened. */
function rates({ connectionRate, ...stats }: Stats, { exact }: Style): string {
  const whole = [connectionRate, stats.inPacketRate, stats.outPacketRate]
    .map((value) => ` ${String(value).padStart(8)}`)
    .join("");
  return `${whole}${large(stats.inByteRate, exact)}${large(stats.outByteRate, exact)}`;
}

function numbers(stats: Stats, { view, exact }: Style): readonly string[] {
  const values =
    view === "stats"
      ? [stats.connections, stats.inPackets, stats.outPackets, stats.inBytes, stats.outBytes]
      : [
          stats.connectionRate,
          stats.inPacketRate,
          stats.outPacketRate,
          stats.inByteRate,
          stats.outByteRate,
        ];
  return values.map((value) => large(value, exact));
}

const CHECKSUM_SIGN: Readonly<Record<Tunnel["checksum"], string>> = {
  none: "-c",
  full: "+c",
  remote: "r+c",
};

function tunnelText({ forward, tunnel }: { forward: Forward; tunnel: Tunnel }): string {
  if (forward !== "tunnel") return "n/a";
  const sign = CHECKSUM_SIGN[tunnel.checksum];
  if (tunnel.type === "ipip") return "ipip";
  return tunnel.type === "gue" ? `gue:${tunnel.port}:${sign}` : `gre:${sign}`;
}
