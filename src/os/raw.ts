/** Raw IP sockets for protocol 112: one that sends, one that hears a group or an own address. */
import { createSocket, type Socket } from "node:dgram";
import {
  type Family,
  familyOf,
  type Ip,
  ipBytes,
  isLinkLocal,
  isMulticast,
  parseIp,
} from "../base/ip.ts";
import { decodeIpv4 } from "../wire/vrrp/ipv4.ts";
import { advertsOf, type HopLimits, nothing, type Sender } from "./bpf.ts";
import { internetAddress } from "./sockaddr.ts";
import { asNeighbour, IP_LEVEL } from "./socket-options.ts";
import {
  attachFilter,
  bind,
  bindToDevice,
  closeFd,
  duplicateOnto,
  growReceiveBuffer,
  openSocket,
  receiveDrops,
  SYS,
  sendTo,
  setOption,
  setStructOption,
  trySetOption,
} from "./sys.ts";

const VRRP = 112;
const RECEIVE_BUFFER = 1024 * 1024;
/** Options by family: the link of multicast, and joining a group there. */
const MULTICAST_LINK = { 4: 32, 6: 17 } as const;
const JOIN = { 4: 35, 6: 20 } as const;
/** A socket hears every group of its host otherwise. */
const MULTICAST_ALL = { 4: 49, 6: 29 } as const;
/** IP_MTU_DISCOVER: RFC 9568 wants no DF bit, and peers that compare headers have none. */
const MTU_DISCOVER = 10;
const NO_DISCOVERY = 0;

export interface RawLink {
  readonly name: string;
  readonly index: number;
}

export interface RawSender {
  /** 0, or the errno: losing one is ordinary. */
  send(bytes: Uint8Array, to: Ip): number;
  close(): void;
}

/** Sends from `source` on one link. Throws a SysError, EADDRNOTAVAIL while it is tentative. */
export function openRawSender(link: RawLink, source: Ip): RawSender {
  const family = familyOf(source);
  const fd = openRaw(family);
  try {
    attachFilter(fd, nothing());
    bindToDevice(fd, link.name);
    asNeighbour(fd, family);
    if (family === 4) setOption(fd, IP_LEVEL[4], MTU_DISCOVER, NO_DISCOVERY);
    setStructOption(fd, IP_LEVEL[family], MULTICAST_LINK[family], multicastLink(family, link));
    bind(fd, addressOn(link, source));
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  return {
    send: (bytes, to) => sendTo(fd, bytes, addressOn(link, to)),
    close: () => closeFd(fd),
  };
}

/** One packet of protocol 112, without its IP header. */
export interface Packet {
  readonly payload: Uint8Array;
  readonly source: Ip;
  readonly destination: Ip;
  /** Undefined over IPv6, where the filter has judged it. */
  readonly hops: number | undefined;
}

export interface RawReceiver {
  drops(): number;
  close(): void;
}

export interface ReceiverOptions {
  readonly link: RawLink;
  /** A group, or an address of this host. */
  readonly address: Ip;
  readonly routerIds: readonly number[];
  /** Over IPv6: what has others is dropped in the kernel. */
  readonly hops: HopLimits;
  /** Whose limits are their own. */
  readonly senders: readonly Sender[];
  readonly onPacket: (packet: Packet) => void;
  readonly onError: (error: Error) => void;
}

/** Read by libuv like any datagram socket, which takes 32 packets a turn: a flood delays no timer.
 *
 * dgram refuses a raw socket, so it gets a UDP one, and the raw one in its place before the first
 * poll. Tried at 440,000 packets a second: a timer of 10 ms was 0.7 ms late at most.
 */
export function openRawReceiver(options: ReceiverOptions): RawReceiver {
  const { link, address, onError } = options;
  const family = familyOf(address);
  const raw = openRaw(family);
  let socket: Socket;
  let fd: number;
  try {
    attachFilter(raw, advertsOf(family, options.routerIds, options.hops, options.senders));
    growReceiveBuffer(raw, RECEIVE_BUFFER);
    bindToDevice(raw, link.name);
    bind(raw, addressOn(link, address));
    if (isMulticast(address)) join(raw, link, address);
    fd = openSocket(domainOf(family), SYS.SOCK_DGRAM, 0);
    socket = createSocket({ type: `udp${family}` });
    socket.on("error", onError);
    socket.on("message", (bytes, { address: from }) => received(options, family, bytes, from));
    socket.bind({ fd });
    duplicateOnto(raw, fd);
  } finally {
    closeFd(raw);
  }
  return { drops: () => receiveDrops(fd), close: () => socket.close() };
}

function received(
  { address, onPacket, onError }: ReceiverOptions,
  family: Family,
  bytes: Uint8Array,
  from: string,
): void {
  if (family === 6) {
    const source = parseIp(from.replace(/%.*$/, ""));
    if (source) onPacket({ payload: bytes, source, destination: address, hops: undefined });
    return;
  }
  try {
    const { ttl: hops, payload, source, destination } = decodeIpv4(bytes);
    onPacket({ payload, source, destination, hops });
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)));
  }
}

function join(fd: number, link: RawLink, group: Ip): void {
  const family = familyOf(group);
  const index = multicastLink(family, link);
  const member =
    family === 4
      ? Uint8Array.from([...ipBytes(group), ...index.subarray(4)])
      : Uint8Array.from([...ipBytes(group), ...index]);
  setStructOption(fd, IP_LEVEL[family], JOIN[family], member);
  trySetOption(fd, IP_LEVEL[family], MULTICAST_ALL[family], 0);
}

/** struct ip_mreqn without its group (group 4 | address 4 | index 4), or the index alone. */
function multicastLink(family: Family, { index }: RawLink): Uint8Array {
  const words = family === 4 ? new Int32Array([0, 0, index]) : new Int32Array([index]);
  return new Uint8Array(words.buffer);
}

const addressOn = (link: RawLink, address: Ip): Uint8Array => {
  const zoned = isLinkLocal(address) || isMulticast(address);
  return internetAddress({ address, port: 0, ...(zoned && { scope: link.index }) });
};

const openRaw = (family: Family): number => openSocket(domainOf(family), SYS.SOCK_RAW, VRRP);

const domainOf = (family: Family): number => (family === 4 ? SYS.AF_INET : SYS.AF_INET6);
