/** Ethernet frames and the addresses in them (IEEE 802.3). */
import { ByteReader, ByteWriter, DecodeError, toHex } from "../../base/bytes.ts";

declare const macBrand: unique symbol;

/** A hardware address as canonical text, e.g. `46:fa:56:2d:49:4b`. */
export type Mac = string & { readonly [macBrand]: true };

export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

const MAC_LENGTH = 6;

/**
 *     +----------------+----------------+-----------+---------
 *     | destination, 6 |   source, 6    |  type, 2  | payload …
 *     +----------------+----------------+-----------+---------
 */
export interface EthernetFrame {
  readonly destination: Mac;
  readonly source: Mac;
  readonly type: number;
  /** What is shorter than 46 octets is padded by the driver. */
  readonly payload: Uint8Array;
}

export const formatMac = (bytes: Uint8Array): Mac =>
  (toHex(bytes).match(/../g) ?? []).join(":") as Mac;

/** Undefined where the text is no address of six octets. */
export const parseMac = (text: string): Mac | undefined =>
  /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text) ? (text.toLowerCase() as Mac) : undefined;

/** Of a virtual router (RFC 9568 §7.3): several hosts have it, one after the other. */
export const isVirtualMac = (mac: Mac): boolean => /^00:00:5e:00:0[12]:/.test(mac);

export const macBytes = (mac: Mac): Uint8Array =>
  Uint8Array.from(mac.split(":"), (octet) => Number.parseInt(octet, 16));

export const MAC_BROADCAST = "ff:ff:ff:ff:ff:ff" as Mac;
export const MAC_ZERO = "00:00:00:00:00:00" as Mac;

export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(macBytes(frame.destination)).bytes(macBytes(frame.source));
  return writer.u16(frame.type).bytes(frame.payload).finish();
}

export function decodeEthernet(bytes: Uint8Array): EthernetFrame {
  const reader = new ByteReader(bytes);
  const destination = formatMac(reader.take(MAC_LENGTH));
  const source = formatMac(reader.take(MAC_LENGTH));
  return { destination, source, type: reader.u16(), payload: reader.take(reader.remaining) };
}

/** The frame, if it carries `type`; anything else is a DecodeError. */
export function decodeEthernetOf(type: number, bytes: Uint8Array): EthernetFrame {
  const frame = decodeEthernet(bytes);
  if (frame.type !== type) throw new DecodeError("ethertype", `0x${frame.type.toString(16)}`);
  return frame;
}
