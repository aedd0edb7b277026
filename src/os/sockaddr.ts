/** Socket addresses as the kernel wants them (struct sockaddr_in, _in6, _ll). */
import { familyOf, type Ip, ipBytes } from "../base/ip.ts";
import { SYS } from "./sys.ts";

export interface Endpoint {
  readonly address: Ip;
  readonly port: number;
  /** Index of the link, which a link-local IPv6 address needs. */
  readonly scope?: number;
}

/**
 *     sockaddr_in    family 2 | port 2 | address 4  | zeros 8
 *     sockaddr_in6   family 2 | port 2 | flow 4 | address 16 | scope 4
 */
export function internetAddress(endpoint: Endpoint): Uint8Array {
  const four = familyOf(endpoint.address) === 4;
  const bytes = new Uint8Array(four ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, four ? SYS.AF_INET : SYS.AF_INET6, true);
  view.setUint16(2, endpoint.port);
  bytes.set(ipBytes(endpoint.address), four ? 4 : 8);
  if (!four) view.setUint32(24, endpoint.scope ?? 0, true);
  return bytes;
}

/**
 *     sockaddr_ll    family 2 | ethertype 2, network order | index 4 | type 2 | 1 | 1 | address 8
 */
export function linkAddress(index: number, etherType: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, SYS.AF_PACKET, true);
  view.setUint16(2, etherType);
  view.setInt32(4, index, true);
  return bytes;
}
