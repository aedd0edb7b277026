/** Socket filters in classic BPF (linux/filter.h): the kernel drops what nobody needs to look at. */
import { type Family, type Ip, ipBytes } from "../base/ip.ts";

/** Code, jump if true, jump if false, operand. */
type Instruction = readonly [code: number, yes: number, no: number, operand: number];

/** Octet at a fixed offset into the accumulator. */
const LOAD_BYTE = 0x30;
/** 4 times the low half of an octet into the index: the length of an IPv4 header. */
const LOAD_HEADER_LENGTH = 0xb1;
/** Octet at index and offset. */
const LOAD_BYTE_AFTER = 0x50;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ABOVE = 0x25;
/** Four octets at a fixed offset, in network order. */
const LOAD_WORD = 0x20;
/** Jumps reach over 255 instructions. */
const MAX_COMPARED = 250;
const RETURN = 0x06;
const ACCEPT: Instruction = [RETURN, 0, 0, 0xffff_ffff];
const REFUSE: Instruction = [RETURN, 0, 0, 0];
/** SKF_NET_OFF: offsets from here count from the IP header, whatever the socket sees. */
const NETWORK_HEADER = 0xfff0_0000;
const TTL_OFFSET = { 4: 8, 6: 7 } as const;
/** In an IPv6 header. */
const SOURCE_OFFSET = 8;

const ETHERNET_HEADER = 14;
const NEXT_HEADER = ETHERNET_HEADER + 6;
const ICMPV6_TYPE = ETHERNET_HEADER + 40;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;

/**
 * Only what comes from a neighbour: 255 cannot be kept through a router. Linux heeds IP_MINTTL on
 * TCP sockets alone, so a filter has to do it.
 */
export const fromNeighboursOnly = (family: Family): Uint8Array =>
  assemble([
    [LOAD_BYTE, 0, 0, NETWORK_HEADER + TTL_OFFSET[family]],
    [JUMP_EQUAL, 0, 1, 255],
    ACCEPT,
    REFUSE,
  ]);

/** Refuses everything, for a socket that only sends. */
export const nothing = (): Uint8Array => assemble([REFUSE]);

/** How many hops a packet may have left. */
export interface HopLimits {
  readonly min: number;
  readonly max: number;
}

export interface Sender extends HopLimits {
  readonly source: Ip;
}

/**
 * Protocol 112 on a raw socket: what names another router is not for this program to look at. A raw
 * IPv4 socket sees the IP header, an IPv6 one does not, so its hop limit has to be judged here.
 */
export function advertsOf(
  family: Family,
  routerIds: readonly number[],
  hops: HopLimits,
  senders: readonly Sender[],
): Uint8Array {
  const ids = routerIds.slice(0, MAX_COMPARED);
  const compared: Instruction[] = ids.map((id, i) => [JUMP_EQUAL, ids.length - i, 0, id]);
  const all = ids.length === 0 || routerIds.length > ids.length;
  const known = all ? [] : [...compared, REFUSE];
  if (family === 4)
    return assemble([[LOAD_HEADER_LENGTH, 0, 0, 0], [LOAD_BYTE_AFTER, 0, 0, 1], ...known, ACCEPT]);
  const judged = senders.flatMap((sender) => [...isFrom(sender.source), ...within(sender)]);
  return assemble([[LOAD_BYTE, 0, 0, 1], ...known, ...judged, ...within(hops)]);
}

/** Ends with the answer. */
const within = ({ min, max }: HopLimits): readonly Instruction[] => [
  [LOAD_BYTE, 0, 0, NETWORK_HEADER + TTL_OFFSET[6]],
  [JUMP_AT_LEAST, 0, 1, min],
  [JUMP_ABOVE, 0, 1, max],
  REFUSE,
  ACCEPT,
];
const WITHIN_LENGTH = 5;
const WORDS_OF_ADDRESS = 4;

/** Over what `within` has, where an IPv6 packet is from somebody else. */
function isFrom(source: Ip): readonly Instruction[] {
  const bytes = ipBytes(source);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: WORDS_OF_ADDRESS }, (_, i): readonly Instruction[] => {
    const left = 2 * (WORDS_OF_ADDRESS - 1 - i);
    return [
      [LOAD_WORD, 0, 0, NETWORK_HEADER + SOURCE_OFFSET + 4 * i],
      [JUMP_EQUAL, 0, left + WITHIN_LENGTH, view.getUint32(4 * i)],
    ];
  }).flat();
}

/** For a packet socket: a busy link must not fill it with other IPv6 traffic. */
export const neighbourAdvertisements = (): Uint8Array =>
  assemble([
    [LOAD_BYTE, 0, 0, NEXT_HEADER],
    [JUMP_EQUAL, 0, 3, ICMPV6],
    [LOAD_BYTE, 0, 0, ICMPV6_TYPE],
    [JUMP_EQUAL, 0, 1, NEIGHBOUR_ADVERTISEMENT],
    ACCEPT,
    REFUSE,
  ]);

/** struct sock_filter: 16 bits, 8, 8, 32, in host order. */
function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, yes, no, operand]] of instructions.entries()) {
    view.setUint16(index * 8, code, true);
    bytes.set([yes, no], index * 8 + 2);
    view.setUint32(index * 8 + 4, operand, true);
  }
  return bytes;
}
