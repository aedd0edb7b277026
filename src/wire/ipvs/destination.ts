/** A destination (real server) as attributes (IPVS_CMD_ATTR_DEST). */
import { DecodeError } from "../../base/bytes.ts";
import { type Family, familyOf, ipBytes } from "../../base/ip.ts";
import type { Attributes, AttributeWriter } from "../netlink/attributes.ts";
import { IPVS_DEST_ATTR as ATTR, IP_VS_CONN_F_FWD_MASK } from "./constants.ts";
import { ADDRESS_SIZE, decodeAddress, decodeFamily, encodeFamily } from "./family.ts";
import { readStats } from "./stats.ts";
import type {
  Destination,
  DestinationKey,
  Forward,
  Listed,
  ObservedDestination,
  Tunnel,
} from "./types.ts";

/** Each list is in the order of the kernel's numbers, from 0. */
const FORWARDS: readonly Forward[] = ["nat", "local", "tunnel", "dr"];
const TUNNEL_TYPES: readonly Tunnel["type"][] = ["ipip", "gue", "gre"];
const TUNNEL_CHECKSUMS: readonly Tunnel["checksum"][] = ["none", "full", "remote"];

export const NO_TUNNEL: Tunnel = { type: "ipip", port: 0, checksum: "none" };

/** In the order of ipvsadm, so that messages can be compared whole. */
export function writeDestination(
  writer: AttributeWriter,
  destination: Destination,
): AttributeWriter {
  const { tunnel } = destination;
  return writer
    .u16(ATTR.ADDR_FAMILY, encodeFamily(familyOf(destination.address)))
    .bytes(ATTR.ADDR, ipBytes(destination.address), ADDRESS_SIZE)
    .u16Be(ATTR.PORT, destination.port)
    .u32(ATTR.FWD_METHOD, FORWARDS.indexOf(destination.forward))
    .u32(ATTR.WEIGHT, destination.weight)
    .u8(ATTR.TUN_TYPE, TUNNEL_TYPES.indexOf(tunnel.type))
    .u16Be(ATTR.TUN_PORT, tunnel.port)
    .u16(ATTR.TUN_FLAGS, TUNNEL_CHECKSUMS.indexOf(tunnel.checksum))
    .u32(ATTR.U_THRESH, destination.upperThreshold)
    .u32(ATTR.L_THRESH, destination.lowerThreshold);
}

/** For a removal only the identity counts; the rest is what ipvsadm sends with it. */
export const bareDestination = (key: DestinationKey): Destination => ({
  address: key.address,
  port: key.port,
  forward: "dr",
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: NO_TUNNEL,
});

export const readObservedDestination = (
  attributes: Attributes,
  family: Family,
): ObservedDestination => readWith(readStats(attributes, ATTR), attributes, family);

export const readListedDestination = (
  attributes: Attributes,
  family: Family,
): Listed<ObservedDestination> => readWith(undefined, attributes, family);

/** `family` is the service's, for kernels before 3.18, which knew no other. */
function readWith<S>(
  stats: S,
  attributes: Attributes,
  family: Family,
): Omit<ObservedDestination, "stats"> & { readonly stats: S } {
  const af = attributes.u16(ATTR.ADDR_FAMILY, encodeFamily(family));
  return {
    address: decodeAddress(attributes.bytes(ATTR.ADDR), decodeFamily(af)),
    port: attributes.u16Be(ATTR.PORT),
    forward: nameOf(FORWARDS, attributes.u32(ATTR.FWD_METHOD) & IP_VS_CONN_F_FWD_MASK, "forward"),
    weight: attributes.u32(ATTR.WEIGHT),
    upperThreshold: attributes.u32(ATTR.U_THRESH),
    lowerThreshold: attributes.u32(ATTR.L_THRESH),
    tunnel: readTunnel(attributes),
    activeConnections: attributes.u32(ATTR.ACTIVE_CONNS, 0),
    inactiveConnections: attributes.u32(ATTR.INACT_CONNS, 0),
    persistentConnections: attributes.u32(ATTR.PERSIST_CONNS, 0),
    stats,
  };
}

function readTunnel(attributes: Attributes): Tunnel {
  const type = nameOf(TUNNEL_TYPES, attributes.u8(ATTR.TUN_TYPE, 0), "tunnel");
  const port = attributes.u16Be(ATTR.TUN_PORT, 0);
  const checksum = nameOf(TUNNEL_CHECKSUMS, attributes.u16(ATTR.TUN_FLAGS, 0), "tunnel-checksum");
  const none =
    type === NO_TUNNEL.type && port === NO_TUNNEL.port && checksum === NO_TUNNEL.checksum;
  return none ? NO_TUNNEL : { type, port, checksum };
}

function nameOf<T>(names: readonly T[], number: number, what: string): T {
  const name = names[number];
  if (name === undefined) throw new DecodeError(`${what}-unknown`, `${number}`);
  return name;
}
