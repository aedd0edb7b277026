/** Counters and rates of a service or destination (struct ip_vs_kstats). */
import type { Attributes, AttributeWriter } from "../netlink/attributes.ts";
import { IPVS_STATS_ATTR as ATTR } from "./constants.ts";
import type { Stats } from "./types.ts";

/** IPVS_*_ATTR_STATS64: every field has 64 bits. */
export const writeStats64 = (writer: AttributeWriter, stats: Stats): AttributeWriter =>
  writer
    .u64(ATTR.CONNS, stats.connections)
    .u64(ATTR.INPKTS, stats.inPackets)
    .u64(ATTR.OUTPKTS, stats.outPackets)
    .u64(ATTR.INBYTES, stats.inBytes)
    .u64(ATTR.OUTBYTES, stats.outBytes)
    .u64(ATTR.CPS, stats.connectionRate)
    .u64(ATTR.INPPS, stats.inPacketRate)
    .u64(ATTR.OUTPPS, stats.outPacketRate)
    .u64(ATTR.INBPS, stats.inByteRate)
    .u64(ATTR.OUTBPS, stats.outByteRate);

export const readStats64 = (attributes: Attributes): Stats =>
  collect((type) => attributes.u64(type));

/** IPVS_*_ATTR_STATS, the only form before Linux 4.1: the two byte counters have 64 bits. */
export const readStats32 = (attributes: Attributes): Stats =>
  collect((type) =>
    type === ATTR.INBYTES || type === ATTR.OUTBYTES
      ? attributes.u64(type)
      : BigInt(attributes.u32(type)),
  );

/** Of the object that carries either form or both; the wider one counts. */
export function readStats(
  object: Attributes,
  types: { readonly STATS: number; readonly STATS64: number },
): Stats {
  if (object.has(types.STATS64)) return readStats64(object.nested(types.STATS64));
  return object.has(types.STATS) ? readStats32(object.nested(types.STATS)) : collect(() => 0n);
}

const collect = (read: (type: number) => bigint): Stats => ({
  connections: read(ATTR.CONNS),
  inPackets: read(ATTR.INPKTS),
  outPackets: read(ATTR.OUTPKTS),
  inBytes: read(ATTR.INBYTES),
  outBytes: read(ATTR.OUTBYTES),
  connectionRate: read(ATTR.CPS),
  inPacketRate: read(ATTR.INPPS),
  outPacketRate: read(ATTR.OUTPPS),
  inByteRate: read(ATTR.INBPS),
  outByteRate: read(ATTR.OUTBPS),
});
