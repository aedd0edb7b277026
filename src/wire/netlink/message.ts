/** The netlink message: header, alignment, and the replies ERROR and DONE (linux/netlink.h). */
import { DecodeError } from "../../base/bytes.ts";
import { HOST_LITTLE_ENDIAN } from "./endian.ts";

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
/** Modifiers of a GET request. */
export const NLM_F_ROOT = 0x100;
export const NLM_F_MATCH = 0x200;
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;
/** Modifiers of a NEW request. */
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

export const NLMSG_HDRLEN = 16;

/** Netlink rounds messages and attributes up to four octets. */
export const align4 = (length: number): number => (length + 3) & ~3;

/**
 * struct nlmsghdr, in host order, and what follows it.
 *
 *      0               16              31
 *     +-------------------------------+
 *     |  length, this header included |
 *     +---------------+---------------+
 *     |     type      |     flags     |
 *     +---------------+---------------+
 *     |           sequence            |
 *     +-------------------------------+
 *     |  port (0: the kernel fills in)|
 *     +-------------------------------+
 *     |  payload, padded to 4 octets  |
 */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  readonly payload: Uint8Array;
}

export type OutgoingMessage = Omit<NetlinkMessage, "port">;

export const encodeMessage = (message: OutgoingMessage): Uint8Array => encodeMessages([message]);

/** One buffer for all messages of a send: memory, not arithmetic, is what a large batch costs. */
export function encodeMessages(messages: readonly OutgoingMessage[]): Uint8Array {
  const size = messages.reduce((sum, { payload }) => sum + sizeOf(payload), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const message of messages) {
    const { payload } = message;
    writeMessageHeader(view, at, NLMSG_HDRLEN + payload.length, message);
    bytes.set(payload, at + NLMSG_HDRLEN);
    at += sizeOf(payload);
  }
  return bytes;
}

export type MessageHeader = Omit<OutgoingMessage, "payload">;

/** `length` counts the header itself. */
export function writeMessageHeader(
  view: DataView,
  at: number,
  length: number,
  { type, flags, sequence }: MessageHeader,
): void {
  view.setUint32(at, length, HOST_LITTLE_ENDIAN);
  view.setUint16(at + 4, type, HOST_LITTLE_ENDIAN);
  view.setUint16(at + 6, flags, HOST_LITTLE_ENDIAN);
  view.setUint32(at + 8, sequence, HOST_LITTLE_ENDIAN);
}

const sizeOf = (payload: Uint8Array): number => align4(NLMSG_HDRLEN + payload.length);

/** The header of a message, and where its payload lies in the datagram. */
export interface LocatedMessage extends Omit<NetlinkMessage, "payload"> {
  readonly start: number;
  readonly end: number;
}

/** The messages of one datagram; payloads are views into it. */
export function decodeMessages(datagram: Uint8Array): readonly NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  visitMessages(viewOf(datagram), datagram.length, ({ start, end, ...header }) => {
    messages.push({ ...header, payload: datagram.subarray(start, end) });
  });
  return messages;
}

/** The same without a view for each, for who reads thousands of them in place. */
export function visitMessages(
  view: DataView,
  size: number,
  visit: (message: LocatedMessage) => void,
): void {
  // As in NLMSG_OK: what is shorter than a header is padding.
  for (let start = 0; size - start >= NLMSG_HDRLEN; ) {
    const length = view.getUint32(start, HOST_LITTLE_ENDIAN);
    if (length < NLMSG_HDRLEN || length > size - start) {
      throw new DecodeError("message-length", `${length} octets at ${start}`);
    }
    visit({
      type: view.getUint16(start + 4, HOST_LITTLE_ENDIAN),
      flags: view.getUint16(start + 6, HOST_LITTLE_ENDIAN),
      sequence: view.getUint32(start + 8, HOST_LITTLE_ENDIAN),
      port: view.getUint32(start + 12, HOST_LITTLE_ENDIAN),
      start: start + NLMSG_HDRLEN,
      end: start + length,
    });
    start += align4(length);
  }
}

export interface NetlinkOutcome {
  /** Positive; 0 is success. */
  readonly errno: number;
  /** Of the request that this answers. */
  readonly sequence: number;
}

/**
 * The outcome in an NLMSG_ERROR (struct nlmsgerr: int error, then the request's header).
 * NLMSG_DONE starts with the same int; older kernels may leave it out.
 */
export function decodeOutcome({ type, payload, sequence }: NetlinkMessage): NetlinkOutcome {
  if (!isOutcome(type)) throw new DecodeError("not-an-outcome");
  return { errno: readErrno(type, viewOf(payload), { start: 0, end: payload.length }), sequence };
}

export const isOutcome = (type: number): boolean => type === NLMSG_ERROR || type === NLMSG_DONE;

/** The errno of an outcome, in place. */
export function readErrno(
  type: number,
  view: DataView,
  { start, end }: Pick<LocatedMessage, "start" | "end">,
): number {
  if (end - start >= 4) {
    const error = view.getInt32(start, HOST_LITTLE_ENDIAN);
    // A DONE may carry a positive count; only a negative value is an error.
    return error < 0 ? -error : 0;
  }
  if (type === NLMSG_ERROR) throw new DecodeError("truncated", "NLMSG_ERROR without its number");
  return 0;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
