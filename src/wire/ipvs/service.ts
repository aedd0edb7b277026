/** A virtual service as attributes (IPVS_CMD_ATTR_SERVICE). */
import { DecodeError } from "../../base/bytes.ts";
import { type Family, familyOf, formatIp, type Ip, ipBytes } from "../../base/ip.ts";
import type { Attributes, AttributeWriter } from "../netlink/attributes.ts";
import { HOST_LITTLE_ENDIAN } from "../netlink/endian.ts";
import { IPVS_SVC_ATTR as ATTR, IP_VS_SVC_F_PERSISTENT } from "./constants.ts";
import { ADDRESS_SIZE, decodeAddress, decodeFamily, encodeFamily } from "./family.ts";
import { readStats } from "./stats.ts";
import {
  type ObservedService,
  type Protocol,
  SERVICE_FLAG,
  type Service,
  type ServiceKey,
} from "./types.ts";

const PROTOCOL_NUMBER: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
const PROTOCOL_NAME = new Map(
  Object.entries(PROTOCOL_NUMBER).map(([name, number]) => [number, name as Protocol]),
);

const SETTABLE_FLAGS = Object.values(SERVICE_FLAG).reduce((union, flag) => union | flag, 0);
/** All bits of the flags are meant, not a patch of some. */
const ALL_FLAGS = 0xffffffff;

export const serviceFamily = (key: ServiceKey): Family =>
  key.kind === "mark" ? key.family : familyOf(key.address);

export function isSameService(a: ServiceKey, b: ServiceKey): boolean {
  if (a === b) return true;
  if (a.kind === "mark") return b.kind === "mark" && a.mark === b.mark && a.family === b.family;
  return (
    b.kind === "address" &&
    a.port === b.port &&
    a.address === b.address &&
    a.protocol === b.protocol
  );
}

/** A mask that covers the whole address: every client persists for itself. */
export const hostNetmask = (family: Family): string => (family === 4 ? "255.255.255.255" : "128");

/** The identity: AF with FWMARK, or AF with PROTOCOL, ADDR and PORT. */
export function writeServiceKey(writer: AttributeWriter, key: ServiceKey): AttributeWriter {
  writer.u16(ATTR.AF, encodeFamily(serviceFamily(key)));
  if (key.kind === "mark") return writer.u32(ATTR.FWMARK, key.mark);
  return writer
    .u16(ATTR.PROTOCOL, PROTOCOL_NUMBER[key.protocol])
    .bytes(ATTR.ADDR, ipBytes(key.address), ADDRESS_SIZE)
    .u16Be(ATTR.PORT, key.port);
}

/** In the order of ipvsadm, so that messages can be compared whole. */
export function writeService(writer: AttributeWriter, service: Service): AttributeWriter {
  const persistent = service.persistence > 0 ? IP_VS_SVC_F_PERSISTENT : 0;
  writeServiceKey(writer, service.key).string(ATTR.SCHED_NAME, service.scheduler);
  if (service.engine !== undefined) writer.string(ATTR.PE_NAME, service.engine);
  return writer
    .bytes(ATTR.FLAGS, encodeFlags(service.flags | persistent))
    .u32(ATTR.TIMEOUT, service.persistence)
    .bytes(ATTR.NETMASK, encodeNetmask(service.netmask));
}

export function readServiceKey(attributes: Attributes): ServiceKey {
  const family = decodeFamily(attributes.u16(ATTR.AF));
  // The kernel tells a mark by its presence: a service on a mark has no other identity.
  if (attributes.has(ATTR.FWMARK)) {
    return { kind: "mark", mark: attributes.u32(ATTR.FWMARK), family };
  }
  const number = attributes.u16(ATTR.PROTOCOL);
  const protocol = PROTOCOL_NAME.get(number);
  if (protocol === undefined) throw new DecodeError("protocol-unknown", `${number}`);
  const address = decodeAddress(attributes.bytes(ATTR.ADDR), family);
  return { kind: "address", protocol, address, port: attributes.u16Be(ATTR.PORT) };
}

export function readService(attributes: Attributes): Service {
  const key = readServiceKey(attributes);
  // struct ip_vs_flags {flags, mask}; HASHED is the kernel's own mark and always set.
  const flags = attributes.u32(ATTR.FLAGS);
  return {
    key,
    scheduler: attributes.string(ATTR.SCHED_NAME),
    flags: flags & SETTABLE_FLAGS,
    persistence: (flags & IP_VS_SVC_F_PERSISTENT) !== 0 ? attributes.u32(ATTR.TIMEOUT) : 0,
    netmask: decodeNetmask(attributes.bytes(ATTR.NETMASK), serviceFamily(key)),
    engine: attributes.has(ATTR.PE_NAME) ? attributes.string(ATTR.PE_NAME) : undefined,
  };
}

export const readObservedService = (attributes: Attributes): ObservedService => ({
  ...readService(attributes),
  stats: readStats(attributes, ATTR),
});

function encodeFlags(flags: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, flags, HOST_LITTLE_ENDIAN);
  view.setUint32(4, ALL_FLAGS, HOST_LITTLE_ENDIAN);
  return bytes;
}

/** IPv4: the mask in network order. IPv6: the prefix length in host order. */
function encodeNetmask(netmask: string): Uint8Array {
  if (netmask.includes(".")) return ipBytes(netmask as Ip);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Number(netmask), HOST_LITTLE_ENDIAN);
  return bytes;
}

function decodeNetmask(bytes: Uint8Array, family: Family): string {
  if (bytes.length < 4) throw new DecodeError("attribute-size", "netmask");
  if (family === 4) return formatIp(bytes.subarray(0, 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  return String(view.getUint32(0, HOST_LITTLE_ENDIAN));
}
