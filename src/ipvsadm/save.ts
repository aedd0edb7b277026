/** The lines of `-S`: commands that make the table anew, as far as ipvsadm keeps it. */
import {
  type Destination,
  type Forward,
  SERVICE_FLAG,
  type Service,
  type ServiceKey,
} from "../wire/ipvs/types.ts";
import {
  CHECKSUM_WORD,
  flagsText,
  hasDefaultMask,
  markOf,
  type Naming,
  nameOf,
  protocolOf,
} from "./format.ts";
import type { ListedTable } from "./lines.ts";

export function saveLines({ service, destinations }: ListedTable, naming: Naming): string {
  const name = serviceWords(service.key, naming);
  let lines = `-A ${name} -s ${service.scheduler}${settingWords(service)}\n`;
  for (const one of destinations) {
    lines += `-a ${name} ${destinationWords(one, service.key, naming)}\n`;
  }
  return lines;
}

const PROTOCOL_OPTION = { tcp: "-t", udp: "-u", sctp: "--sctp-service" } as const;

function serviceWords(key: ServiceKey, naming: Naming): string {
  if (key.kind === "mark") return `-f ${markOf(key.mark)}${key.family === 6 ? " -6" : ""}`;
  return `${PROTOCOL_OPTION[key.protocol]} ${nameOf(key, key.protocol, naming)}`;
}

function settingWords(service: Service): string {
  const { persistence, netmask, engine } = service;
  const flags = flagsText(service);
  return [
    persistence === 0 ? "" : ` -p ${persistence}`,
    persistence === 0 || hasDefaultMask(service) ? "" : ` -M ${netmask}`,
    engine === undefined ? "" : ` --pe ${engine}`,
    (service.flags & SERVICE_FLAG.onePacket) === 0 ? "" : " -o",
    flags === undefined ? "" : ` -b ${flags}`,
  ].join("");
}

const FORWARD_OPTION: Readonly<Record<Forward, string>> = {
  nat: "-m",
  local: "",
  tunnel: "-i",
  dr: "-g",
};

function destinationWords(one: Destination, key: ServiceKey, naming: Naming): string {
  const name = nameOf(one, protocolOf(key), naming);
  return `-r ${name} ${FORWARD_OPTION[one.forward]} -w ${one.weight}${tunnelWords(one)}`;
}

function tunnelWords({ forward, tunnel }: Destination): string {
  if (forward !== "tunnel") return "";
  const type = ` --tun-type ${tunnel.type}`;
  if (tunnel.type === "ipip") return type;
  const port = tunnel.type === "gue" ? ` --tun-port ${tunnel.port}` : "";
  return `${type}${port} --tun-${CHECKSUM_WORD[tunnel.checksum]}`;
}
