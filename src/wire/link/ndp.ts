/** Neighbour discovery for IPv6 (RFC 4861): solicitations and advertisements as whole frames. */
import { ByteReader, ByteWriter, DecodeError } from "../../base/bytes.ts";
import { formatIp, type Ip, ipBytes, isMulticast, isUnspecified } from "../../base/ip.ts";
import { ipv6Checksum } from "./checksum.ts";
import {
  decodeEthernetOf,
  ETHERTYPE_IPV6,
  encodeEthernet,
  formatMac,
  type Mac,
  macBytes,
} from "./ethernet.ts";

const NEXT_ICMPV6 = 58;
/** RFC 4861 §7.1: whatever came through a router is ignored. */
const HOP_LIMIT = 255;
const TYPES = { solicitation: 135, advertisement: 136 } as const;
const OPTION = { sourceMac: 1, targetMac: 2 } as const;
const FLAG = { router: 0x80, solicited: 0x40, override: 0x20 } as const;

const ALL_NODES = formatIp(Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));

/**
 * RFC 4861 §4.3 and §4.4, behind an Ethernet and an IPv6 header:
 *
 *      0       8       16              31
 *     +-------+-------+---------------+
 *     |135/136|code 0 |   checksum    |
 *     +-+-+-+-+-------+---------------+
 *     |R|S|O|      reserved           |   flags of an advertisement
 *     +-+-+-+-------------------------+
 *     |      target address, 16       |
 *     +-------+-------+---------------+
 *     | 1 / 2 | len 1 |  hardware, 6  |   option: of the source / of the target
 *     +-------+-------+---------------+
 */
export interface NeighbourMessage {
  readonly kind: keyof typeof TYPES;
  readonly source: Ip;
  readonly destination: Ip;
  readonly target: Ip;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  /** From the option that belongs to the kind; absent in a question from nobody. */
  readonly mac: Mac | undefined;
}

export function encodeNeighbour(message: NeighbourMessage, from: Mac, to: Mac): Uint8Array {
  const icmp = encodeIcmp(message);
  const checksum = ipv6Checksum(message.source, message.destination, NEXT_ICMPV6, icmp);
  new DataView(icmp.buffer).setUint16(2, checksum);
  const payload = new ByteWriter()
    .u32(0x6000_0000)
    .u16(icmp.length)
    .u8(NEXT_ICMPV6)
    .u8(HOP_LIMIT)
    .bytes(ipBytes(message.source))
    .bytes(ipBytes(message.destination))
    .bytes(icmp)
    .finish();
  return encodeEthernet({ destination: to, source: from, type: ETHERTYPE_IPV6, payload });
}

/** Refuses what RFC 4861 §7.1 says a receiver must ignore. */
export function decodeNeighbour(bytes: Uint8Array): NeighbourMessage {
  const { payload } = decodeEthernetOf(ETHERTYPE_IPV6, bytes);
  const header = new ByteReader(payload);
  header.skip(4);
  const length = header.u16();
  if (header.u8() !== NEXT_ICMPV6) throw new DecodeError("not-icmpv6");
  if (header.u8() !== HOP_LIMIT) throw new DecodeError("hop-limit");
  const source = formatIp(header.take(16));
  const destination = formatIp(header.take(16));
  const icmp = header.take(length);
  if (ipv6Checksum(source, destination, NEXT_ICMPV6, icmp) !== 0) throw new DecodeError("checksum");
  return { ...decodeIcmp(icmp), source, destination };
}

/** RFC 4861 §7.2.6: an unsolicited advertisement to all nodes, that overrides what they cached. */
export const neighbourAnnouncement = (vip: Ip, mac: Mac, router = false): Uint8Array =>
  encodeNeighbour(
    {
      kind: "advertisement",
      source: vip,
      destination: ALL_NODES,
      target: vip,
      router,
      solicited: false,
      override: true,
      mac,
    },
    mac,
    multicastMac(ALL_NODES),
  );

/**
 * A question for `address`. From a link-local `source` the answer comes to it alone; from `::` it
 * goes to all nodes and overrides their caches (RFC 4861 §7.2.4), so ask so only in need.
 */
export function neighbourQuestion(address: Ip, source: Ip, mac: Mac): Uint8Array {
  const destination = solicitedNode(address);
  return encodeNeighbour(
    {
      kind: "solicitation",
      source,
      destination,
      target: address,
      router: false,
      solicited: false,
      override: false,
      mac: isUnspecified(source) ? undefined : mac,
    },
    mac,
    multicastMac(destination),
  );
}

/** RFC 4291 §2.7.1: ff02::1:ffXX:XXXX. */
export function solicitedNode(address: Ip): Ip {
  const bytes = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0);
  bytes.set(ipBytes(address).subarray(13), 13);
  return formatIp(bytes);
}

/** RFC 2464 §7: 33:33 and the last four octets of the group. */
export const multicastMac = (group: Ip): Mac =>
  formatMac(Uint8Array.of(0x33, 0x33, ...ipBytes(group).subarray(12)));

function encodeIcmp(message: NeighbourMessage): Uint8Array {
  const flags =
    (message.router ? FLAG.router : 0) |
    (message.solicited ? FLAG.solicited : 0) |
    (message.override ? FLAG.override : 0);
  const writer = new ByteWriter().u8(TYPES[message.kind]).u8(0).u16(0).u8(flags).zeros(3);
  writer.bytes(ipBytes(message.target));
  if (message.mac === undefined) return writer.finish();
  return writer.u8(optionOf(message.kind)).u8(1).bytes(macBytes(message.mac)).finish();
}

function decodeIcmp(icmp: Uint8Array): Omit<NeighbourMessage, "source" | "destination"> {
  const reader = new ByteReader(icmp);
  const kind = kindOf(reader.u8());
  if (reader.u8() !== 0) throw new DecodeError("icmpv6-code");
  reader.skip(2);
  const flags = reader.u8();
  reader.skip(3);
  const target = formatIp(reader.take(16));
  if (isMulticast(target)) throw new DecodeError("multicast-target");
  return {
    kind,
    target,
    router: (flags & FLAG.router) !== 0,
    solicited: (flags & FLAG.solicited) !== 0,
    override: (flags & FLAG.override) !== 0,
    mac: findMac(reader, optionOf(kind)),
  };
}

/** RFC 4861 §4.6: type, length in units of 8 octets, value; unknown types are skipped. */
function findMac(reader: ByteReader, wanted: number): Mac | undefined {
  let found: Mac | undefined;
  while (reader.remaining > 0) {
    const type = reader.u8();
    const length = reader.u8() * 8;
    if (length === 0) throw new DecodeError("option-length");
    const value = reader.take(length - 2);
    if (type === wanted && length === 8) found = formatMac(value);
  }
  return found;
}

const optionOf = (kind: NeighbourMessage["kind"]): number =>
  kind === "solicitation" ? OPTION.sourceMac : OPTION.targetMac;

function kindOf(type: number): NeighbourMessage["kind"] {
  if (type === TYPES.solicitation) return "solicitation";
  if (type === TYPES.advertisement) return "advertisement";
  throw new DecodeError("icmpv6-type", String(type));
}
