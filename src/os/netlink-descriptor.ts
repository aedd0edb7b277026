/** What every raw netlink socket of ours is: made safe, known by its port. */
import { growReceiveBuffer, setOption, socketAddress, trySetOption } from "./sys.ts";

export const AF_NETLINK = 16;
const SOL_NETLINK = 270;
/** An overflow drops messages and is counted, instead of being an error of the next read. */
const NETLINK_NO_ENOBUFS = 5;
/** A refusal repeats the request's header only: a burst of them must fit the receive buffer. */
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const RECEIVE_BUFFER = 4 * 1024 * 1024;

export interface SafeRawOptions {
  readonly protocol: number;
  readonly groups: readonly number[];
  /** One datagram of the kernel's. */
  readonly onDatagram: (bytes: Uint8Array, multicast: boolean) => void;
  readonly onError: (error: Error) => void;
}

/** A raw socket whose listeners cannot throw into native code. */
export interface SafeRaw {
  readonly port: number;
  send(messages: readonly Uint8Array[], done: (error: Error | undefined) => void): void;
  drops(): number;
  ref(): void;
  unref(): void;
  close(): void;
}

export type OpenRaw = (options: SafeRawOptions) => SafeRaw;

/** Before it joins any group: nothing can overflow yet. */
export function makeSafe(fd: number): void {
  setOption(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
  trySetOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  trySetOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  growReceiveBuffer(fd, RECEIVE_BUFFER);
}

/** struct sockaddr_nl: family, padding, port, groups, in host order. */
export function portOf(fd: number): number | undefined {
  const address = socketAddress(fd);
  if (!address || address.length < 12) return undefined;
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  return view.getUint16(0, true) === AF_NETLINK ? view.getUint32(4, true) : undefined;
}
