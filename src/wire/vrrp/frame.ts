/** An advert as a whole Ethernet frame, for a source address that no link of this host has.
 *
 *     +----------+-------------------------------+-----------------+
 *     | Ethernet | IPv4, 20 octets, or IPv6, 40  | VRRP            |
 *     +----------+-------------------------------+-----------------+
 */
import { ByteWriter } from "../../base/bytes.ts";
import { familyOf, type Ip, ipBytes } from "../../base/ip.ts";
import { internetChecksum } from "../link/checksum.ts";
import { ETHERTYPE_IPV6, encodeEthernet, type Mac } from "../link/ethernet.ts";
import { multicastMac as multicastMac6 } from "../link/ndp.ts";

const ETHERTYPE_IPV4 = 0x0800;
const VRRP = 112;
const HOPS = 255;
/** Internetwork control (RFC 791); what keepalived and routers mark adverts with. */
const TRAFFIC_CLASS = 0xc0;

export interface AdvertFrame {
  readonly mac: Mac;
  readonly source: Ip;
  /** A multicast group. */
  readonly destination: Ip;
  /** IPv4's identification. */
  readonly id: number;
  /** As `encode` makes it. */
  readonly advert: Uint8Array;
}

export function encodeAdvertFrame({
  mac,
  source,
  destination,
  id,
  advert,
}: AdvertFrame): Uint8Array {
  const four = familyOf(destination) === 4;
  const header = four
    ? ipv4Header({ source, destination, id, length: advert.length })
    : ipv6Header(source, destination, advert.length);
  return encodeEthernet({
    destination: four ? multicastMac4(destination) : multicastMac6(destination),
    source: mac,
    type: four ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
    payload: new ByteWriter().bytes(header).bytes(advert).finish(),
  });
}

/** RFC 1112 §6.4: the lower 23 bits of the group. */
function multicastMac4(group: Ip): Mac {
  const [, second = 0, third = 0, fourth = 0] = ipBytes(group);
  const octets = [0x01, 0x00, 0x5e, second & 0x7f, third, fourth];
  return octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":") as Mac;
}

const IPV4_LENGTH = 20;

function ipv4Header(options: {
  readonly source: Ip;
  readonly destination: Ip;
  readonly id: number;
  readonly length: number;
}): Uint8Array {
  const { source, destination, id, length } = options;
  const header = new ByteWriter()
    .u8(0x45)
    .u8(TRAFFIC_CLASS)
    .u16(IPV4_LENGTH + length)
    .u16(id & 0xffff)
    .u16(0)
    .u8(HOPS)
    .u8(VRRP)
    .u16(0)
    .bytes(ipBytes(source))
    .bytes(ipBytes(destination))
    .finish();
  new DataView(header.buffer, header.byteOffset).setUint16(10, internetChecksum(header));
  return header;
}

const ipv6Header = (source: Ip, destination: Ip, length: number): Uint8Array =>
  new ByteWriter()
    .u32(0x6000_0000 | (TRAFFIC_CLASS << 20))
    .u16(length)
    .u8(VRRP)
    .u8(HOPS)
    .bytes(ipBytes(source))
    .bytes(ipBytes(destination))
    .finish();
