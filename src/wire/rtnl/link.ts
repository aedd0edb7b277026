/** Links as rtnetlink describes them (struct ifinfomsg, linux/if_link.h). */
import { ByteReader } from "../../base/bytes.ts";
import { formatMac, type Mac, macBytes } from "../link/ethernet.ts";
import { AttributeWriter, readAttributes } from "../netlink/attributes.ts";
import { HOST_LITTLE_ENDIAN } from "../netlink/endian.ts";

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTNLGRP_LINK = 1;

const HEADER_LENGTH = 16;
const IFLA = { address: 1, name: 3, mtu: 4, lower: 5, master: 10, info: 18 } as const;
const INFO = { kind: 1, data: 2 } as const;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_PRIVATE = 1;
const IFF = {
  up: 0x1,
  loopback: 0x8,
  running: 0x40,
  multicast: 0x1000,
  lowerUp: 0x1_0000,
} as const;
const RUNNING = IFF.running | IFF.lowerUp;
const MAC_LENGTH = 6;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Switched on (IFF_UP). */
  readonly up: boolean;
  /**
   * Switched on, with a carrier, and operational as RFC 2863 means it: IFF_RUNNING can lag a second
   * behind a carrier that went, IFF_LOWER_UP does not.
   */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly multicast: boolean;
  /** Absent on links without Ethernet addresses. */
  readonly mac: Mac | undefined;
  readonly mtu: number;
  /** `vlan`, `bond`, `bridge`, `dummy`, `veth` …; absent for hardware. */
  readonly kind: string | undefined;
  /** Index of the bond or bridge that it belongs to. */
  readonly master: number | undefined;
  /** Index of the link that it is made over: a VLAN's, a macvlan's. */
  readonly lower: number | undefined;
}

/** A link of its own hardware address over another one, which nothing on this host talks to. */
export interface NewMacvlan {
  readonly name: string;
  /** Index. */
  readonly lower: number;
  readonly mac: Mac;
}

/**
 *      0       8       16              31
 *     +-------+-------+---------------+
 *     |family |   -   |     type      |   all of it in host order
 *     +-------+-------+---------------+
 *     |            index              |
 *     |            flags              |
 *     |            change             |
 *     +-------------------------------+
 */
export const encodeGetLinks = (): Uint8Array =>
  new AttributeWriter(new Uint8Array(HEADER_LENGTH)).finish();

/** In mode private; it is down. With RTM_NEWLINK, NLM_F_CREATE and NLM_F_EXCL. */
export function encodeNewMacvlan({ name, lower, mac }: NewMacvlan): Uint8Array {
  const data = new AttributeWriter().u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE).finish();
  const kind = new TextEncoder().encode("macvlan");
  const info = new AttributeWriter().bytes(INFO.kind, kind).bytes(INFO.data, data).finish();
  return new AttributeWriter(new Uint8Array(HEADER_LENGTH))
    .bytes(IFLA.address, macBytes(mac))
    .u32(IFLA.lower, lower)
    .string(IFLA.name, name)
    .bytes(IFLA.info, info)
    .finish();
}

/** With RTM_NEWLINK. */
export function encodeSwitchLink(index: number, up: boolean): Uint8Array {
  const header = headerOf(index);
  const view = viewOf(header);
  view.setUint32(8, up ? IFF.up : 0, HOST_LITTLE_ENDIAN);
  view.setUint32(12, IFF.up, HOST_LITTLE_ENDIAN);
  return header;
}

/** With RTM_DELLINK. */
export const encodeRemoveLink = (index: number): Uint8Array => headerOf(index);

function headerOf(index: number): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  viewOf(header).setInt32(4, index, HOST_LITTLE_ENDIAN);
  return header;
}

/** Undefined for the bridge's own view of a port (AF_BRIDGE), whose removal is not the link's. */
export function decodeLink(payload: Uint8Array): Link | undefined {
  const reader = new ByteReader(payload);
  const header = viewOf(reader.take(HEADER_LENGTH));
  if (header.getUint8(0) !== 0) return undefined;
  const attributes = readAttributes(reader.take(reader.remaining));
  const flags = header.getUint32(8, HOST_LITTLE_ENDIAN);
  const up = (flags & IFF.up) !== 0;
  const mac = attributes.find(IFLA.address);
  const info = attributes.has(IFLA.info) ? attributes.nested(IFLA.info) : undefined;
  return {
    index: header.getInt32(4, HOST_LITTLE_ENDIAN),
    name: attributes.string(IFLA.name),
    up,
    running: up && (flags & RUNNING) === RUNNING,
    loopback: (flags & IFF.loopback) !== 0,
    multicast: (flags & IFF.multicast) !== 0,
    mac: mac?.length === MAC_LENGTH ? formatMac(mac) : undefined,
    mtu: attributes.u32(IFLA.mtu, 0),
    kind: info?.has(INFO.kind) === true ? info.string(INFO.kind) : undefined,
    master: attributes.has(IFLA.master) ? attributes.u32(IFLA.master) : undefined,
    lower: attributes.has(IFLA.lower) ? attributes.u32(IFLA.lower) : undefined,
  };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
