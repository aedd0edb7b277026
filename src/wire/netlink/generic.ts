/** Generic netlink: its header, and how a family's number is found (linux/genetlink.h). */
import { ByteReader } from "../../base/bytes.ts";
import { type Attributes, AttributeWriter, readAttributes } from "./attributes.ts";

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
  new AttributeWriter(Uint8Array.of(command, version, 0, 0));

export function decodeGeneric(payload: Uint8Array): GenericMessage {
  const reader = new ByteReader(payload);
  const command = reader.u8();
  const version = reader.u8();
  reader.skip(GENL_HDRLEN - 2);
  return { command, version, attributes: readAttributes(reader.take(reader.remaining)) };
}

export const encodeGetFamily = (name: string): Uint8Array =>
  genericWriter(CTRL_CMD_GETFAMILY, CTRL_VERSION).string(CTRL_ATTR_FAMILY_NAME, name).finish();

/** The message type of the family, from the controller's reply. */
export const decodeFamilyId = (payload: Uint8Array): number =>
  decodeGeneric(payload).attributes.u16(CTRL_ATTR_FAMILY_ID);
