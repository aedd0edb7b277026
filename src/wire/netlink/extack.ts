/** The kernel's sentence about a refused request (extended ACK, linux/netlink.h). */

import { readAttributes } from "./attributes.ts";
import { HOST_LITTLE_ENDIAN } from "./endian.ts";
import { align4, type NetlinkMessage, NLMSG_ERROR, NLMSG_HDRLEN } from "./message.ts";

/** The request is not repeated in the reply, only its header. */
const NLM_F_CAPPED = 0x100;
/** Attributes follow. */
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const ERROR_LENGTH = 4;

/**
 *     +--------------------+--------------------------+------------------+
 *     | error, a 32-bit int| header of the request    | attributes, if   |
 *     |                    | (and its payload, padded)| NLM_F_ACK_TLVS   |
 *     +--------------------+--------------------------+------------------+
 */
export function decodeExtendedAck(message: NetlinkMessage): string | undefined {
  const { flags, payload } = message;
  if (message.type !== NLMSG_ERROR || (flags & NLM_F_ACK_TLVS) === 0) return undefined;
  if (payload.length < ERROR_LENGTH + NLMSG_HDRLEN) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const echoed = (flags & NLM_F_CAPPED) === 0 ? view.getUint32(4, HOST_LITTLE_ENDIAN) : 0;
  const start = ERROR_LENGTH + align4(Math.max(NLMSG_HDRLEN, echoed));
  const attributes = readAttributes(payload.subarray(start));
  return attributes.has(NLMSGERR_ATTR_MSG) ? attributes.string(NLMSGERR_ATTR_MSG) : undefined;
}
