/** Generic netlink: its header, and how a family's number is found (linux/genetlink.h). */
import { DecodeError } from "../../base/bytes.ts";
import { Attributes, AttributeWriter } from "./attributes.ts";

/** The protocol of the socket. */
export const NETLINK_GENERIC = 16;
/** The message type of the controller, which is the only family with a fixed number. */
export const GENL_ID_CTRL = 16;

const GENL_HDRLEN = 4;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_VERSION = 2;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;

/**
 * struct genlmsghdr, and the attributes behind it.
 *
 *      0       8       16              31
 *     +-------+-------+---------------+
 *     |command|version|   reserved    |
 *     +-------+-------+---------------+
 */
export interface GenericMessage {
  readonly command: number;
  readonly version: number;
  readonly attributes: Attributes;
}

/** A writer that stands behind the header, ready for attributes. */
export const genericWriter = (command: number, version: number): AttributeWriter =>
  writeGenericHeader(new AttributeWriter(), command, version);

export const writeGenericHeader = (
  writer: AttributeWriter,
  command: number,
  version: number,
): AttributeWriter => writer.header([command, version, 0, 0]);

export function decodeGeneric(payload: Uint8Array): GenericMessage {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = genericAttributes(view, 0, payload.length);
  return { command: view.getUint8(0), version: view.getUint8(1), attributes };
}

/** The attributes of the message between two places in a buffer. */
export function genericAttributes(view: DataView, start: number, end: number): Attributes {
  if (end - start < GENL_HDRLEN) throw new DecodeError("truncated", "generic netlink header");
  return new Attributes(view, start + GENL_HDRLEN, end);
}

export const encodeGetFamily = (name: string): Uint8Array =>
  genericWriter(CTRL_CMD_GETFAMILY, CTRL_VERSION).string(CTRL_ATTR_FAMILY_NAME, name).finish();

/** The message type of the family, from the controller's reply. */
export const decodeFamilyId = (payload: Uint8Array): number =>
  readFamilyId(decodeGeneric(payload).attributes);

export const readFamilyId = (reply: Attributes): number => reply.u16(CTRL_ATTR_FAMILY_ID);
