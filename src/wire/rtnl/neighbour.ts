/** The neighbour cache as rtnetlink describes it (struct ndmsg, linux/neighbour.h). */
import { ByteReader } from "../../base/bytes.ts";
import { formatIp, type Ip } from "../../base/ip.ts";
import { formatMac, type Mac } from "../link/ethernet.ts";
import { readAttributes } from "../netlink/attributes.ts";
import { HOST_LITTLE_ENDIAN } from "../netlink/endian.ts";

export const RTM_GETNEIGH = 30;

const HEADER_LENGTH = 12;
const NDA = { destination: 1, mac: 2 } as const;
const MAC_LENGTH = 6;
/** NUD_*. */
const STATES = {
  0x01: "incomplete",
  0x02: "reachable",
  0x04: "stale",
  0x08: "delay",
  0x10: "probe",
  0x20: "failed",
  0x40: "noarp",
  0x80: "permanent",
} as const;

export type NeighbourState = (typeof STATES)[keyof typeof STATES] | "none";

export interface Neighbour {
  readonly index: number;
  readonly address: Ip;
  readonly mac: Mac | undefined;
  readonly state: NeighbourState;
}

/**
 *      0       8       16              31
 *     +-------+-------+---------------+
 *     |family |   -   |       -       |
 *     +-------+-------+---------------+
 *     |       index of the link       |   host order
 *     +---------------+-------+-------+
 *     |     state     | flags | type  |
 *     +---------------+-------+-------+
 */
export const encodeGetNeighbours = (): Uint8Array => new Uint8Array(HEADER_LENGTH);

export function decodeNeighbourEntry(payload: Uint8Array): Neighbour | undefined {
  const reader = new ByteReader(payload);
  const bytes = reader.take(HEADER_LENGTH);
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = readAttributes(reader.take(reader.remaining));
  const destination = attributes.find(NDA.destination);
  if (!destination || (destination.length !== 4 && destination.length !== 16)) return undefined;
  const mac = attributes.find(NDA.mac);
  return {
    index: head.getInt32(4, HOST_LITTLE_ENDIAN),
    address: formatIp(destination),
    mac: mac?.length === MAC_LENGTH ? formatMac(mac) : undefined,
    state: stateName(head.getUint16(8, HOST_LITTLE_ENDIAN)),
  };
}

const stateName = (state: number): NeighbourState =>
  Object.hasOwn(STATES, state) ? STATES[state as keyof typeof STATES] : "none";
