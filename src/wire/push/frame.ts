/** What directors say on the push channel: a greeting, one request, one reply, over TCP.
 *
 * ```
 * greeting   "BPSH" | version (1) | nonce (32)
 * message    length of what follows (4) | key id (2) | nonce (32) | text (JSON) | signature (32)
 * ```
 * The receiver greets with its nonce; request and reply carry the offerer's. What is signed begins
 * with the kind and both nonces, so that nothing can be said twice, or as something else.
 */
import { ByteReader, ByteWriter, DecodeError } from "../../base/bytes.ts";

export const NONCE_LENGTH = 32;
export const SIGNATURE_LENGTH = 32;
export const GREETING_LENGTH = 4 + 1 + NONCE_LENGTH;
/** A file of thousands of services, and what quoting makes of it. */
export const MAX_MESSAGE = 4 * 1024 * 1024;

const MAGIC = new TextEncoder().encode("BPSH");
const VERSION = 1;
const AROUND = 2 + NONCE_LENGTH + SIGNATURE_LENGTH;

export type Kind = "request" | "reply";

export interface Message {
  readonly keyId: number;
  /** The offerer's. */
  readonly nonce: Uint8Array;
  readonly text: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeGreeting(nonce: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(MAGIC);
  writer.u8(VERSION);
  writer.bytes(nonce);
  return writer.finish();
}

/** The nonce of a greeting. */
export function decodeGreeting(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  const magic = reader.take(MAGIC.length);
  if (!magic.every((octet, i) => octet === MAGIC[i])) throw new DecodeError("no push channel");
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError("version", `${version}, not ${VERSION}`);
  return reader.take(NONCE_LENGTH);
}

/** With its length in front. */
export function encodeMessage({ keyId, nonce, text, signature }: Message): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(AROUND + text.length);
  writer.u16(keyId);
  writer.bytes(nonce);
  writer.bytes(text);
  writer.bytes(signature);
  return writer.finish();
}

/** Of the octets so far: how many there have to be, or undefined while that is not known. */
export function messageLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined;
  const length = new ByteReader(bytes).u32();
  if (length < AROUND) throw new DecodeError("truncated", `a message of ${length} octets`);
  if (length > MAX_MESSAGE) throw new DecodeError("too long", `${length} octets`);
  return 4 + length;
}

/** All of one message, its length included. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes);
  const length = reader.u32();
  if (length !== reader.remaining) throw new DecodeError("truncated");
  const keyId = reader.u16();
  const nonce = reader.take(NONCE_LENGTH);
  if (length < AROUND) throw new DecodeError("truncated");
  const text = reader.take(length - AROUND);
  return { keyId, nonce, text, signature: reader.take(SIGNATURE_LENGTH) };
}

/** What is signed: the kind, the receiver's nonce, the offerer's, the text. */
export function signedPart(
  kind: Kind,
  greeting: Uint8Array,
  { nonce, text }: Pick<Message, "nonce" | "text">,
): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(new TextEncoder().encode(kind));
  writer.bytes(greeting);
  writer.bytes(nonce);
  writer.bytes(text);
  return writer.finish();
}
