/** A connection-sync daemon as attributes (IPVS_CMD_ATTR_DAEMON). */
import { DecodeError } from "../../base/bytes.ts";
import { familyOf, type Ip, ipBytes } from "../../base/ip.ts";
import type { Attributes, AttributeWriter } from "../netlink/attributes.ts";
import { IPVS_DAEMON_ATTR as ATTR, IP_VS_STATE } from "./constants.ts";
import { decodeAddress } from "./family.ts";
import type { SyncDaemon, SyncRole } from "./types.ts";

/** In the order of ipvsadm; unlike the other ports, MCAST_PORT is in host order. */
export function writeDaemon(writer: AttributeWriter, daemon: SyncDaemon): AttributeWriter {
  writer
    .u32(ATTR.STATE, IP_VS_STATE[daemon.role])
    .string(ATTR.MCAST_IFN, daemon.interface)
    .u32(ATTR.SYNC_ID, daemon.syncId);
  if (daemon.maxLength !== undefined) writer.u16(ATTR.SYNC_MAXLEN, daemon.maxLength);
  if (daemon.port !== undefined) writer.u16(ATTR.MCAST_PORT, daemon.port);
  if (daemon.ttl !== undefined) writer.u8(ATTR.MCAST_TTL, daemon.ttl);
  if (daemon.group === undefined) return writer;
  const type = familyOf(daemon.group) === 4 ? ATTR.MCAST_GROUP : ATTR.MCAST_GROUP6;
  return writer.bytes(type, ipBytes(daemon.group));
}

/** To stop one: only STATE counts. */
export const bareDaemon = (role: SyncRole): SyncDaemon => ({
  role,
  interface: "",
  syncId: 0,
  maxLength: undefined,
  group: undefined,
  port: undefined,
  ttl: undefined,
});

/** Kernels before 4.3 know neither length, group, port nor ttl; 0 means as much. */
export const readDaemon = (attributes: Attributes): SyncDaemon => ({
  role: readRole(attributes.u32(ATTR.STATE)),
  interface: attributes.string(ATTR.MCAST_IFN),
  syncId: attributes.u32(ATTR.SYNC_ID),
  maxLength: attributes.u16(ATTR.SYNC_MAXLEN, 0) || undefined,
  group: readGroup(attributes),
  port: attributes.u16(ATTR.MCAST_PORT, 0) || undefined,
  ttl: attributes.u8(ATTR.MCAST_TTL, 0) || undefined,
});

function readRole(state: number): SyncRole {
  if (state === IP_VS_STATE.master) return "master";
  if (state === IP_VS_STATE.backup) return "backup";
  throw new DecodeError("state-unknown", `${state}`);
}

function readGroup(attributes: Attributes): Ip | undefined {
  if (attributes.has(ATTR.MCAST_GROUP6)) {
    return decodeAddress(attributes.bytes(ATTR.MCAST_GROUP6), 6);
  }
  if (!attributes.has(ATTR.MCAST_GROUP)) return undefined;
  const group = decodeAddress(attributes.bytes(ATTR.MCAST_GROUP), 4);
  return group === "0.0.0.0" ? undefined : group;
}
