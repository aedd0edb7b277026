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
  for (const { type, flags, sequence, payload } of messages) {
    view.setUint32(at, NLMSG_HDRLEN + payload.length, HOST_LITTLE_ENDIAN);
    view.setUint16(at + 4, type, HOST_LITTLE_ENDIAN);
    view.setUint16(at + 6, flags, HOST_LITTLE_ENDIAN);
    view.setUint32(at + 8, sequence, HOST_LITTLE_ENDIAN);
    bytes.set(payload, at + NLMSG_HDRLEN);
    at += sizeOf(payload);
  }
  return bytes;
}

const sizeOf = (payload: Uint8Array): number => align4(NLMSG_HDRLEN + payload.length);

/** The messages of one datagram; payloads are views into it. */
export function decodeMessages(datagram: Uint8Array): readonly NetlinkMessage[] {
  const view = viewOf(datagram);
  const messages: NetlinkMessage[] = [];
  // As in NLMSG_OK: what is shorter than a header is padding.
  for (let start = 0; datagram.length - start >= NLMSG_HDRLEN; ) {
    const length = view.getUint32(start, HOST_LITTLE_ENDIAN);
    if (length < NLMSG_HDRLEN || length > datagram.length - start) {
      throw new DecodeError("message-length", `${length} octets at ${start}`);
    }
    messages.push({
      type: view.getUint16(start + 4, HOST_LITTLE_ENDIAN),
      flags: view.getUint16(start + 6, HOST_LITTLE_ENDIAN),
      sequence: view.getUint32(start + 8, HOST_LITTLE_ENDIAN),
      port: view.getUint32(start + 12, HOST_LITTLE_ENDIAN),
      payload: datagram.subarray(start + NLMSG_HDRLEN, start + length),
    });
    start += align4(length);
  }
  return messages;
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
export function decodeOutcome(message: NetlinkMessage): NetlinkOutcome {
  const { type, payload, sequence } = message;
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) throw new DecodeError("not-an-outcome");
  if (payload.length >= 4) {
    const error = viewOf(payload).getInt32(0, HOST_LITTLE_ENDIAN);
    // A DONE may carry a positive count; only a negative value is an error.
    return { errno: error < 0 ? -error : 0, sequence };
  }
  if (type === NLMSG_ERROR) throw new DecodeError("truncated", "NLMSG_ERROR without its number");
  return { errno: 0, sequence };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
