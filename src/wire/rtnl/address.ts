/** Addresses on links as rtnetlink describes them (struct ifaddrmsg, linux/if_addr.h). */
import { ByteReader } from "../../base/bytes.ts";
import { type Cidr, familyOf, formatIp, hostPrefix, type Ip, ipBytes } from "../../base/ip.ts";
import { type Attributes, AttributeWriter, readAttributes } from "../netlink/attributes.ts";
import { HOST_LITTLE_ENDIAN } from "../netlink/endian.ts";

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTNLGRP_IPV4_IFADDR = 5;
export const RTNLGRP_IPV6_IFADDR = 9;

const HEADER_LENGTH = 8;
const AF = { 4: 2, 6: 10 } as const;
const IFA = {
  address: 1,
  local: 2,
  label: 3,
  broadcast: 4,
  cacheInfo: 6,
  flags: 8,
  proto: 11,
} as const;
/** IFA_F_*. */
const FLAG = {
  secondary: 0x01,
  noDad: 0x02,
  dadFailed: 0x08,
  deprecated: 0x20,
  tentative: 0x40,
  noPrefixRoute: 0x200,
} as const;
/** A lifetime without an end. */
export const FOREVER = 0xffff_ffff;
const SCOPES = { 0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere" } as const;

const SCOPE_OF = { global: 0, link: 253, host: 254 } as const;

export type Scope = (typeof SCOPES)[keyof typeof SCOPES];

/** An address of a link, as the kernel holds it. */
export interface LinkAddress extends Cidr {
  readonly index: number;
  /** IPv4 only: the link's name, or `eth0:0`, which is an alias. */
  readonly label: string | undefined;
  readonly scope: Scope | number;
  readonly secondary: boolean;
  readonly tentative: boolean;
  readonly dadFailed: boolean;
  /** Never chosen as a source address by itself. */
  readonly deprecated: boolean;
  /** Seconds until the kernel takes it away; undefined is never. */
  readonly validSeconds: number | undefined;
  /** Who added it (IFA_PROTO, since Linux 5.18); 0 is unknown. */
  readonly proto: number;
}

/** An address to add, as VIPs are added. */
export interface NewAddress extends Cidr {
  readonly index: number;
  /** The kernel removes it by itself after so many seconds, unless it is added again. Where it is
   * given, it replaces the lifetime of what stands there. */
  readonly validSeconds?: number;
  readonly proto?: number;
  /** Global, without a broadcast address and with a route, where it says nothing. */
  readonly manner?:
    | {
        readonly scope: "global" | "link" | "host";
        readonly broadcast: Ip | undefined;
        readonly noPrefixRoute: boolean;
      }
    | undefined;
}

/**
 *      0       8       16      24      31
 *     +-------+-------+-------+-------+
 *     |family |prefix | flags | scope |   scope 0 is global
 *     +-------+-------+-------+-------+
 *     |        index of the link      |   host order
 *     +-------------------------------+
 */
function header(cidr: Cidr | undefined, index: number, scope = 0): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  if (cidr) bytes.set([AF[familyOf(cidr.address)], cidr.prefix, 0, scope]);
  viewOf(bytes).setUint32(4, index, HOST_LITTLE_ENDIAN);
  return bytes;
}

export const encodeGetAddresses = (): Uint8Array => header(undefined, 0);

/** For RTM_DELADDR: exactly this address with this prefix. */
export const encodeRemoveAddress = (address: Cidr & { readonly index: number }): Uint8Array =>
  identified(address).finish();

/**
 * For RTM_NEWADDR. No label is given: the kernel takes the link's name, so no alias comes about.
 * IPv6: without duplicate address detection, which an old master's copy would make fail, and
 * deprecated from the start, so that it is nobody's source address by chance. A host route of its
 * own would only be in the way of another director's.
 */
export function encodeAddAddress(address: NewAddress): Uint8Array {
  const writer = identified(address, SCOPE_OF[address.manner?.scope ?? "global"]);
  const six = familyOf(address.address) === 6;
  const host = address.prefix === hostPrefix(address.address);
  const routeless = address.manner?.noPrefixRoute === true || (six && host);
  const flags = (six ? FLAG.noDad : 0) | (routeless ? FLAG.noPrefixRoute : 0);
  if (flags !== 0) writer.u32(IFA.flags, flags);
  const valid = address.validSeconds ?? FOREVER;
  if (six || valid !== FOREVER) writer.bytes(IFA.cacheInfo, cacheInfo(six ? 0 : valid, valid));
  const broadcast = address.manner?.broadcast;
  if (broadcast !== undefined) writer.bytes(IFA.broadcast, ipBytes(broadcast));
  if (address.proto !== undefined) writer.u8(IFA.proto, address.proto);
  return writer.finish();
}

export function decodeAddress(payload: Uint8Array): LinkAddress | undefined {
  const reader = new ByteReader(payload);
  const head = viewOf(reader.take(HEADER_LENGTH));
  const attributes = readAttributes(reader.take(reader.remaining));
  const address = attributes.find(IFA.local) ?? attributes.find(IFA.address);
  const family = head.getUint8(0);
  if (!address || (family !== AF[4] && family !== AF[6])) return undefined;
  const flags = attributes.u32(IFA.flags, head.getUint8(2));
  const scope = head.getUint8(3);
  return {
    index: head.getUint32(4, HOST_LITTLE_ENDIAN),
    address: formatIp(address),
    prefix: head.getUint8(1),
    label: attributes.has(IFA.label) ? attributes.string(IFA.label) : undefined,
    scope: scopeName(scope),
    // The same bit means `temporary` (RFC 8981) on IPv6.
    secondary: family === AF[4] && (flags & FLAG.secondary) !== 0,
    tentative: (flags & FLAG.tentative) !== 0,
    dadFailed: (flags & FLAG.dadFailed) !== 0,
    deprecated: (flags & FLAG.deprecated) !== 0,
    validSeconds: validSeconds(attributes),
    proto: attributes.u8(IFA.proto, 0),
  };
}

function identified(address: Cidr & { readonly index: number }, scope?: number): AttributeWriter {
  const bytes = ipBytes(address.address);
  const head = header(address, address.index, scope);
  const writer = new AttributeWriter(head).bytes(IFA.local, bytes);
  return writer.bytes(IFA.address, bytes);
}

/** struct ifa_cacheinfo: preferred and valid lifetimes in seconds, two time stamps. */
function cacheInfo(preferred: number, valid: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  view.setUint32(0, preferred, HOST_LITTLE_ENDIAN);
  view.setUint32(4, valid, HOST_LITTLE_ENDIAN);
  return bytes;
}

function validSeconds(attributes: Attributes): number | undefined {
  const info = attributes.find(IFA.cacheInfo);
  if (!info || info.length < 8) return undefined;
  const valid = viewOf(info).getUint32(4, HOST_LITTLE_ENDIAN);
  return valid === FOREVER ? undefined : valid;
}

const scopeName = (scope: number): Scope | number =>
  Object.hasOwn(SCOPES, scope) ? SCOPES[scope as keyof typeof SCOPES] : scope;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
