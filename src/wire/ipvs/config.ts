/** The settings of the table as a whole, and what the module says of itself. */
import type { Attributes, AttributeWriter } from "../netlink/attributes.ts";
import { IPVS_CMD_ATTR as ATTR, IPVS_INFO_ATTR as INFO } from "./constants.ts";
import type { IpvsInfo, Timeouts } from "./types.ts";

/** Seconds in host order; 0 leaves the kernel's value. */
export const writeTimeouts = (writer: AttributeWriter, timeouts: Timeouts): AttributeWriter =>
  writer
    .u32(ATTR.TIMEOUT_TCP, timeouts.tcp)
    .u32(ATTR.TIMEOUT_TCP_FIN, timeouts.tcpFin)
    .u32(ATTR.TIMEOUT_UDP, timeouts.udp);

/** A kernel built without TCP or UDP leaves the attribute out. */
export const readTimeouts = (attributes: Attributes): Timeouts => ({
  tcp: attributes.u32(ATTR.TIMEOUT_TCP, 0),
  tcpFin: attributes.u32(ATTR.TIMEOUT_TCP_FIN, 0),
  udp: attributes.u32(ATTR.TIMEOUT_UDP, 0),
});

/** NVERSION(): one octet each for major, minor and patch. */
export function writeInfo(writer: AttributeWriter, info: IpvsInfo): AttributeWriter {
  const version = info.version.split(".").reduce((all, part) => (all << 8) | Number(part), 0);
  return writer.u32(INFO.VERSION, version).u32(INFO.CONN_TAB_SIZE, info.connectionTableSize);
}

export function readInfo(attributes: Attributes): IpvsInfo {
  const version = attributes.u32(INFO.VERSION);
  return {
    version: [version >> 16, version >> 8, version].map((part) => part & 0xff).join("."),
    connectionTableSize: attributes.u32(INFO.CONN_TAB_SIZE),
  };
}
