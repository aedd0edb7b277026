/** The Internet checksum (RFC 1071), with the pseudo-header of IPv6 (RFC 8200 §8.1). */
import { ByteWriter } from "../../base/bytes.ts";
import { type Ip, ipBytes } from "../../base/ip.ts";

/** The ones' complement of the ones' complement sum; 0 over octets that carry a right checksum.
 *
 * `before` is the sum of what precedes them, as `wordSum` makes it. */
export function internetChecksum(bytes: Uint8Array, before = 0): number {
  let sum = before + wordSum(bytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** The plain sum of the 16-bit words, for a header that is never put together. */
export function wordSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return sum;
}

/**
 *     +------------------------------------------------+
 *     | source, 16 · destination, 16                   |
 *     | upper-layer length, 4 · zero, 3 · next header  |
 *     +------------------------------------------------+
 */
export function ipv6PseudoHeader(
  source: Ip,
  destination: Ip,
  length: number,
  next: number,
): Uint8Array {
  const writer = new ByteWriter().bytes(ipBytes(source)).bytes(ipBytes(destination));
  return writer.u32(length).zeros(3).u8(next).finish();
}

export function ipv6Checksum(
  source: Ip,
  destination: Ip,
  next: number,
  payload: Uint8Array,
): number {
  const header = ipv6PseudoHeader(source, destination, payload.length, next);
  const whole = new Uint8Array(header.length + payload.length);
  whole.set(header);
  whole.set(payload, header.length);
  return internetChecksum(whole);
}
