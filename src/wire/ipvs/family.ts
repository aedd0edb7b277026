/** Address families and addresses as IPVS carries them. */
import { DecodeError } from "../../base/bytes.ts";
import { type Family, formatIp, type Ip } from "../../base/ip.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";

/** union nf_inet_addr: room for IPv6, an IPv4 address in the first four octets. */
export const ADDRESS_SIZE = 16;

export const encodeFamily = (family: Family): number => (family === 4 ? AF_INET : AF_INET6);

export function decodeFamily(af: number): Family {
  if (af === AF_INET) return 4;
  if (af === AF_INET6) return 6;
  throw new DecodeError("family-unknown", `${af}`);
}

/** The four-octet form of IPv4 is understood as well, as in the kernel. */
export function decodeAddress(bytes: Uint8Array, family: Family): Ip {
  const size = family === 4 ? 4 : ADDRESS_SIZE;
  if (bytes.length < size) throw new DecodeError("attribute-size", "address");
  return formatIp(bytes.subarray(0, size));
}
