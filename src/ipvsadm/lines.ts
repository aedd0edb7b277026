/** The lines of `-L`: titles, services and servers in each of its views. */
import { familyOf } from "../base/ip.ts";
import type {
  Forward,
  ObservedDestination,
  ObservedService,
  ObservedTable,
  Stats,
  Tunnel,
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

export interface Style extends Naming {
  readonly view: View;
  readonly exact: boolean;
}

const VIEWS: readonly View[] = ["stats", "rate", "thresholds", "persistent-conn", "tun-info"];

/** Of several the first counts. */
export const viewOf = (shows: ReadonlySet<Slot>): View =>
  VIEWS.find((view) => shows.has(view as Slot)) ?? "plain";

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

export const tableLines = ({ service, destinations }: ObservedTable, style: Style): string =>
  [
    serviceLine(service, style),
    ...destinations.map((one) => destinationLine(one, service, style)),
  ].join("");

function serviceLine(service: ObservedService, style: Style): string {
  const name = serviceTitle(service, style);
  if (style.view === "stats" || style.view === "rate") {
    return `${name.padEnd(33)}${numbers(service.stats, style).join("")}\n`;
  }
  const flags = flagsText(service);
  const shown = flags === undefined ? "" : ` (${flags})`;
  const onePacket = (service.flags & ONE_PACKET) === 0 ? "" : " ops";
  return `${name} ${service.scheduler}${shown}${persistenceText(service)}${onePacket}\n`;
}

/** IP_VS_SVC_F_ONEPACKET. */
const ONE_PACKET = 0x0004;

function serviceTitle({ key }: ObservedService, style: Style): string {
  if (key.kind === "mark") return `FWM  ${markOf(key.mark)}${key.family === 6 ? " IPv6" : ""}`;
  const name = nameOf(key, key.protocol, style);
  const text = `${key.protocol.toUpperCase().padEnd(4)} ${name}`;
  return familyOf(key.address) === 4 ? text.slice(0, 33) : text;
}

function persistenceText(service: ObservedService): string {
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

function destinationLine(one: ObservedDestination, of: ObservedService, style: Style): string {
  const full = nameOf(one, protocolOf(of.key), style);
  const name = (familyOf(one.address) === 4 ? full.slice(0, 28) : full).padEnd(28);
  return `  -> ${name}${destinationColumns(one, style)}\n`;
}

const columns = (...pairs: readonly (readonly [number | string, number])[]): string =>
  pairs.map(([value, width]) => ` ${String(value).padEnd(width)}`).join("");

function destinationColumns(one: ObservedDestination, style: Style): string {
  const { activeConnections: active, inactiveConnections: inactive } = one;
  const forward = FORWARD[one.forward];
  const counts = [
    [active, 10],
    [inactive, 10],
  ] as const;
  switch (style.view) {
    case "stats":
      return numbers(one.stats, style).join("");
    case "rate":
      return rates(one.stats, style);
    case "thresholds":
      return columns([one.upperThreshold, 10], [one.lowerThreshold, 10], ...counts);
    case "persistent-conn":
      return columns([one.weight, 9], [one.persistentConnections, 11], ...counts);
    case "tun-info":
      return columns([forward, 7], [tunnelText(one), 13], [one.weight, 6], ...counts);
    case "plain":
      return columns([forward, 7], [one.weight, 6], ...counts);
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
