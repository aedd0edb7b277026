/** Netlink attributes: a writer and a reader that mirror each other (struct nlattr). */
import { DecodeError } from "../../base/bytes.ts";
import { invariant } from "../../base/invariant.ts";
import { HOST_LITTLE_ENDIAN } from "./endian.ts";
import { align4, type MessageHeader, NLMSG_HDRLEN, writeMessageHeader } from "./message.ts";

export const NLA_F_NESTED = 0x8000;
/** The two upper bits are flags: NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const NLA_TYPE_MASK = 0x3fff;
export const NLA_HDRLEN = 4;

const MAX_LENGTH = 0xffff;
const BIG_ENDIAN = false;
const TEXT_ENCODER = new TextEncoder();
const TEXT_DECODER = new TextDecoder();

/**
 * Appends attributes, behind a family's fixed header if there is one.
 *
 *      0               16              31
 *     +---------------+---------------+
 *     |    length     | flags | type  |   host order; the length counts this header,
 *     +---------------+---------------+   not the padding
 *     |   value, padded to 4 octets   |
 */
export class AttributeWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** `size` octets are there at once; it grows. */
  constructor(header: Uint8Array = NOTHING, size = INITIAL_SIZE) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.header(header);
  }

  /** What stands before the attributes of a message, padded. */
  header(octets: ArrayLike<number>): this {
    const at = this.#reserve(align4(octets.length));
    this.#bytes.set(octets, at);
    return this;
  }

  u8(type: number, value: number): this {
    const at = this.#open(type, 1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(type: number, value: number): this {
    const at = this.#open(type, 2);
    this.#view.setUint16(at, value, HOST_LITTLE_ENDIAN);
    return this;
  }

  u32(type: number, value: number): this {
    const at = this.#open(type, 4);
    this.#view.setUint32(at, value, HOST_LITTLE_ENDIAN);
    return this;
  }

  u64(type: number, value: bigint): this {
    const at = this.#open(type, 8);
    this.#view.setBigUint64(at, value, HOST_LITTLE_ENDIAN);
    return this;
  }

  /** Network byte order. */
  u16Be(type: number, value: number): this {
    const at = this.#open(type, 2);
    this.#view.setUint16(at, value, BIG_ENDIAN);
    return this;
  }

  /** Network byte order. */
  u32Be(type: number, value: number): this {
    const at = this.#open(type, 4);
    this.#view.setUint32(at, value, BIG_ENDIAN);
    return this;
  }

  /** With the NUL at its end that the kernel wants. */
  string(type: number, value: string): this {
    const text = TEXT_ENCODER.encode(value);
    const at = this.#open(type, text.length + 1);
    this.#bytes.set(text, at);
    return this;
  }

  /** `size` octets where the value is to be longer: zeros follow it. */
  bytes(type: number, value: Uint8Array, size = value.length): this {
    const at = this.#open(type, size);
    this.#bytes.set(value, at);
    return this;
  }

  /** The attributes that `build` appends become the value of this one. */
  nested(type: number, build: (writer: this) => void): this {
    const start = this.#open(type | NLA_F_NESTED, 0) - NLA_HDRLEN;
    build(this);
    invariant(this.#length - start <= MAX_LENGTH, "a nested attribute is too long");
    this.#view.setUint16(start, this.#length - start, HOST_LITTLE_ENDIAN);
    return this;
  }

  /** One of several messages of a send: what `build` appends, behind its header. */
  message(header: MessageHeader, build: (writer: this) => void): this {
    const start = this.#reserve(NLMSG_HDRLEN);
    build(this);
    writeMessageHeader(this.#view, start, this.#length - start, header);
    return this;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written from a place on, as a view; whoever writes on leaves it as it is. */
  finish(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** To write anew where what was written is no longer needed. */
  clear(): this {
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
    return this;
  }

  /** Writes an attribute's header; the offset of its value, all zeros. It may replace the buffer. */
  #open(type: number, length: number): number {
    invariant(NLA_HDRLEN + length <= MAX_LENGTH, "an attribute is too long");
    const at = this.#reserve(NLA_HDRLEN + align4(length));
    this.#view.setUint16(at, NLA_HDRLEN + length, HOST_LITTLE_ENDIAN);
    this.#view.setUint16(at + 2, type, HOST_LITTLE_ENDIAN);
    return at + NLA_HDRLEN;
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(this.#length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

const INITIAL_SIZE = 256;
const NOTHING = new Uint8Array();

/** Collects attributes by type; where a type is repeated the last one counts, as in the kernel. */
export function readAttributes(bytes: Uint8Array): Attributes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Attributes(view, 0, bytes.length);
}

/** Room for as many from the start: growing costs more than reading. */
const USUAL_TYPES = 16;

/**
 * Typed access to the attributes in a part of a message, without a copy. A getter throws
 * `attribute-missing` without a fallback and `attribute-size` for a value that is too short.
 */
export class Attributes {
  readonly #view: DataView;
  /** By type, where the attribute's header is. */
  readonly #headers: (number | undefined)[] = new Array(USUAL_TYPES);

  constructor(view: DataView, start: number, end: number) {
    this.#view = view;
    // As in nla_ok: what is shorter than a header is padding.
    for (let at = start; end - at >= NLA_HDRLEN; ) {
      const length = view.getUint16(at, HOST_LITTLE_ENDIAN);
      if (length < NLA_HDRLEN || length > end - at) {
        throw new DecodeError("attribute-length", `${length} octets at ${at}`);
      }
      this.#headers[view.getUint16(at + 2, HOST_LITTLE_ENDIAN) & NLA_TYPE_MASK] = at;
      at += align4(length);
    }
  }

  has(type: number): boolean {
    return this.#headers[type] !== undefined;
  }

  u8(type: number, fallback?: number): number {
    if (fallback !== undefined && !this.has(type)) return fallback;
    return this.#view.getUint8(this.#value(type, 1));
  }

  u16(type: number, fallback?: number): number {
    if (fallback !== undefined && !this.has(type)) return fallback;
    return this.#view.getUint16(this.#value(type, 2), HOST_LITTLE_ENDIAN);
  }

  u32(type: number, fallback?: number): number {
    if (fallback !== undefined && !this.has(type)) return fallback;
    return this.#view.getUint32(this.#value(type, 4), HOST_LITTLE_ENDIAN);
  }

  u64(type: number, fallback?: bigint): bigint {
    if (fallback !== undefined && !this.has(type)) return fallback;
    return this.#view.getBigUint64(this.#value(type, 8), HOST_LITTLE_ENDIAN);
  }

  /** Network byte order. */
  u16Be(type: number, fallback?: number): number {
    if (fallback !== undefined && !this.has(type)) return fallback;
    return this.#view.getUint16(this.#value(type, 2), BIG_ENDIAN);
  }

  /** Network byte order. */
  u32Be(type: number, fallback?: number): number {
    if (fallback !== undefined && !this.has(type)) return fallback;
    return this.#view.getUint32(this.#value(type, 4), BIG_ENDIAN);
  }

  /** The text before the first NUL. */
  string(type: number): string {
    const value = this.bytes(type);
    const end = value.indexOf(0);
    return TEXT_DECODER.decode(end < 0 ? value : value.subarray(0, end));
  }

  /** A view. */
  bytes(type: number): Uint8Array {
    const at = this.#value(type, 0);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, this.#end(at) - at);
  }

  /** As `bytes`; undefined where the attribute is absent. */
  find(type: number): Uint8Array | undefined {
    return this.has(type) ? this.bytes(type) : undefined;
  }

  nested(type: number): Attributes {
    const at = this.#value(type, 0);
    return new Attributes(this.#view, at, this.#end(at));
  }

  /** Where the value stands that has at least `size` octets. */
  #value(type: number, size: number): number {
    const header = this.#headers[type];
    if (header === undefined) throw new DecodeError("attribute-missing", `type ${type}`);
    const at = header + NLA_HDRLEN;
    if (this.#end(at) - at < size) throw new DecodeError("attribute-size", `type ${type}`);
    return at;
  }

  /** Where the value at `at` ends. */
  #end(at: number): number {
    return at - NLA_HDRLEN + this.#view.getUint16(at - NLA_HDRLEN, HOST_LITTLE_ENDIAN);
  }
}
