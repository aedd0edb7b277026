/** Counters and rates of a service or destination (struct ip_vs_kstats). */
import { type Attributes, AttributeWriter } from "../netlink/attributes.ts";
import { IPVS_STATS_ATTR } from "./constants.ts";
import type { Stats } from "./types.ts";

const FIELDS: Readonly<Record<keyof Stats, number>> = {
  connections: IPVS_STATS_ATTR.CONNS,
  inPackets: IPVS_STATS_ATTR.INPKTS,
  outPackets: IPVS_STATS_ATTR.OUTPKTS,
  inBytes: IPVS_STATS_ATTR.INBYTES,
  outBytes: IPVS_STATS_ATTR.OUTBYTES,
  connectionRate: IPVS_STATS_ATTR.CPS,
  inPacketRate: IPVS_STATS_ATTR.INPPS,
  outPacketRate: IPVS_STATS_ATTR.OUTPPS,
  inByteRate: IPVS_STATS_ATTR.INBPS,
  outByteRate: IPVS_STATS_ATTR.OUTBPS,
};

export const NO_STATS: Stats = mapFields(() => 0n);

/** IPVS_*_ATTR_STATS64: every field has 64 bits. */
export function writeStats64(writer: AttributeWriter, stats: Stats): AttributeWriter {
  for (const name of fieldNames()) writer.u64(FIELDS[name], stats[name]);
  return writer;
}

export const readStats64 = (attributes: Attributes): Stats =>
  mapFields((type) => attributes.u64(type));

/** IPVS_*_ATTR_STATS, the only form before Linux 4.1: the two byte counters have 64 bits. */
export const readStats32 = (attributes: Attributes): Stats =>
  mapFields((type) =>
    type === IPVS_STATS_ATTR.INBYTES || type === IPVS_STATS_ATTR.OUTBYTES
      ? attributes.u64(type)
      : BigInt(attributes.u32(type)),
  );

/** Of the object that carries either form or both; the wider one counts. */
export function readStats(
  object: Attributes,
  types: { readonly STATS: number; readonly STATS64: number },
): Stats {
  if (object.has(types.STATS64)) return readStats64(object.nested(types.STATS64));
  return object.has(types.STATS) ? readStats32(object.nested(types.STATS)) : NO_STATS;
}

function fieldNames(): readonly (keyof Stats)[] {
  return Object.keys(FIELDS) as (keyof Stats)[];
}

function mapFields(read: (type: number) => bigint): Stats {
  return Object.fromEntries(fieldNames().map((name) => [name, read(FIELDS[name])])) as Record<
    keyof Stats,
    bigint
  >;
}
