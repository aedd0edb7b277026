/** The header of an IPv4 packet, as a raw socket hands it over (RFC 791 §3.1).
 *
 *     +-------+-------+---------------+-------------------------------+
 *     |version|length | TOS           | total length                  |
 *     +-------+-------+---------------+-------------------------------+
 *     | identification                | flags, fragment               |
 *     +---------------+---------------+-------------------------------+
 *     | TTL           | protocol      | checksum                      |
 *     +---------------+---------------+-------------------------------+
 *     | source                                                        |
 *     | destination                                                   |
 *     +---------------------------------------------------------------+
 */
import { DecodeError } from "../../base/bytes.ts";
import { formatIp, type Ip } from "../../base/ip.ts";

export interface Ipv4Packet {
  readonly ttl: number;
  readonly protocol: number;
  readonly source: Ip;
  readonly destination: Ip;
  readonly payload: Uint8Array;
}

const SHORTEST = 20;

/** Throws a DecodeError. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet {
  const header = ((bytes[0] ?? 0) & 0xf) * 4;
  const total = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (bytes.length < SHORTEST || header < SHORTEST || total < header || total > bytes.length) {
    throw new DecodeError("truncated", `a packet of ${bytes.length} octets`);
  }
  if ((bytes[0] ?? 0) >> 4 !== 4) throw new DecodeError("version", "not IPv4");
  return {
    ttl: bytes[8] ?? 0,
    protocol: bytes[9] ?? 0,
    source: formatIp(bytes.subarray(12, 16)),
    destination: formatIp(bytes.subarray(16, 20)),
    payload: bytes.subarray(header, total),
  };
}
