/** ARP for IPv4 over Ethernet (RFC 826), with the uses of RFC 5227. */
import { ByteReader, ByteWriter, DecodeError } from "../../base/bytes.ts";
import { formatIp, type Ip, ipBytes } from "../../base/ip.ts";
import {
  decodeEthernetOf,
  ETHERTYPE_ARP,
  encodeEthernet,
  formatMac,
  MAC_BROADCAST,
  MAC_ZERO,
  type Mac,
  macBytes,
} from "./ethernet.ts";

const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const OPERATIONS = { request: 1, reply: 2 } as const;

/**
 *      0               16              31
 *     +---------------+---------------+
 *     | hardware = 1  | protocol=0800 |
 *     +-------+-------+---------------+
 *     |   6   |   4   |   operation   |
 *     +-------+-------+---------------+
 *     | sender hardware (6), IPv4 (4) |
 *     +-------------------------------+
 *     | target hardware (6), IPv4 (4) |
 *     +-------------------------------+
 */
export interface ArpPacket {
  readonly operation: keyof typeof OPERATIONS;
  readonly senderMac: Mac;
  readonly senderIp: Ip;
  readonly targetMac: Mac;
  readonly targetIp: Ip;
}

/** The frame, source and destination of the Ethernet header being the caller's. */
export function encodeArp(packet: ArpPacket, destination: Mac): Uint8Array {
  const payload = new ByteWriter()
    .u16(HARDWARE_ETHERNET)
    .u16(PROTOCOL_IPV4)
    .u8(6)
    .u8(4)
    .u16(OPERATIONS[packet.operation])
    .bytes(macBytes(packet.senderMac))
    .bytes(ipBytes(packet.senderIp))
    .bytes(macBytes(packet.targetMac))
    .bytes(ipBytes(packet.targetIp))
    .finish();
  return encodeEthernet({ destination, source: packet.senderMac, type: ETHERTYPE_ARP, payload });
}

export function decodeArp(bytes: Uint8Array): ArpPacket {
  const reader = new ByteReader(decodeEthernetOf(ETHERTYPE_ARP, bytes).payload);
  const known = reader.u16() === HARDWARE_ETHERNET && reader.u16() === PROTOCOL_IPV4;
  if (!known || reader.u16() !== 0x0604) throw new DecodeError("arp-format");
  const operation = operationOf(reader.u16());
  return {
    operation,
    senderMac: formatMac(reader.take(6)),
    senderIp: formatIp(reader.take(4)),
    targetMac: formatMac(reader.take(6)),
    targetIp: formatIp(reader.take(4)),
  };
}

/**
 * A gratuitous request, as keepalived sends it: sender and target are the VIP, and even the target
 * hardware address is the broadcast one. Requests update more hosts' caches than replies do.
 */
export const arpAnnouncement = (vip: Ip, mac: Mac): Uint8Array =>
  encodeArp(
    {
      operation: "request",
      senderMac: mac,
      senderIp: vip,
      targetMac: MAC_BROADCAST,
      targetIp: vip,
    },
    MAC_BROADCAST,
  );

/**
 * The same as a gratuitous reply, by a MAC that somebody else has as well: who still holds the VIP
 * would answer a request, and its switch would look for the MAC there again.
 */
export const arpReplyAnnouncement = (vip: Ip, mac: Mac): Uint8Array =>
  encodeArp(
    { operation: "reply", senderMac: mac, senderIp: vip, targetMac: mac, targetIp: vip },
    MAC_BROADCAST,
  );

/** RFC 5227 §2.1.1: a question from nobody (0.0.0.0), so that no cache learns from the asking. */
export const arpProbe = (address: Ip, mac: Mac): Uint8Array =>
  encodeArp(
    {
      operation: "request",
      senderMac: mac,
      senderIp: formatIp(new Uint8Array(4)),
      targetMac: MAC_ZERO,
      targetIp: address,
    },
    MAC_BROADCAST,
  );

function operationOf(value: number): ArpPacket["operation"] {
  if (value === OPERATIONS.request) return "request";
  if (value === OPERATIONS.reply) return "reply";
  throw new DecodeError("arp-operation", String(value));
}
