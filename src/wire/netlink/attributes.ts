/** Netlink attributes: a writer and a reader that mirror each other (struct nlattr). */
import { DecodeError } from "../../base/bytes.ts";
import { invariant } from "../../base/invariant.ts";
import { HOST_LITTLE_ENDIAN } from "./endian.ts";
import { align4 } from "./message.ts";

export const NLA_F_NESTED = 0x8000;
/** The two upper bits are flags: NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const NLA_TYPE_MASK = 0x3fff;
export const NLA_HDRLEN = 4;

const INITIAL_SIZE = 256;
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
  #length: number;

  constructor(header: Uint8Array = new Uint8Array(0)) {
    this.#length = align4(header.length);
    this.#bytes = new Uint8Array(Math.max(INITIAL_SIZE, this.#length * 2));
    this.#bytes.set(header);
    this.#view = new DataView(this.#bytes.buffer);
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

  bytes(type: number, value: Uint8Array): this {
    const at = this.#open(type, value.length);
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

  /** What was written so far, copied. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Writes an attribute's header; the offset of its value, all zeros. It may replace the buffer. */
  #open(type: number, length: number): number {
    invariant(NLA_HDRLEN + length <= MAX_LENGTH, "an attribute is too long");
    const start = this.#length;
    this.#length += NLA_HDRLEN + align4(length);
    if (this.#length > this.#bytes.length) this.#grow();
    this.#view.setUint16(start, NLA_HDRLEN + length, HOST_LITTLE_ENDIAN);
    this.#view.setUint16(start + 2, type, HOST_LITTLE_ENDIAN);
    return start + NLA_HDRLEN;
  }

  #grow(): void {
    const grown = new Uint8Array(this.#length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

export interface Attribute {
  /** Without the flag bits. */
  readonly type: number;
  readonly value: Uint8Array;
}

/** The attributes in their order; values are views. */
export function* iterateAttributes(bytes: Uint8Array): Generator<Attribute, void> {
  const view = viewOf(bytes);
  // As in nla_ok: what is shorter than a header is padding.
  for (let start = 0; bytes.length - start >= NLA_HDRLEN; ) {
    const length = view.getUint16(start, HOST_LITTLE_ENDIAN);
    if (length < NLA_HDRLEN || length > bytes.length - start) {
      throw new DecodeError("attribute-length", `${length} octets at ${start}`);
    }
    const type = view.getUint16(start + 2, HOST_LITTLE_ENDIAN) & NLA_TYPE_MASK;
    yield { type, value: bytes.subarray(start + NLA_HDRLEN, start + length) };
    start += align4(length);
  }
}

/** Collects attributes by type; where a type is repeated the last one counts, as in the kernel. */
export function readAttributes(bytes: Uint8Array): Attributes {
  const values = new Map<number, Uint8Array>();
  for (const { type, value } of iterateAttributes(bytes)) values.set(type, value);
  return new Attributes(values);
}

/**
 * Typed access to collected attributes. A getter throws `attribute-missing` without a fallback
 * and `attribute-size` for a value that is too short.
 */
export class Attributes {
  readonly values: ReadonlyMap<number, Uint8Array>;

  constructor(values: ReadonlyMap<number, Uint8Array>) {
    this.values = values;
  }

  has(type: number): boolean {
    return this.values.has(type);
  }

  u8(type: number, fallback?: number): number {
    return this.#number(type, 1, fallback)?.getUint8(0) ?? fallback ?? 0;
  }

  u16(type: number, fallback?: number): number {
    const view = this.#number(type, 2, fallback);
    return view?.getUint16(0, HOST_LITTLE_ENDIAN) ?? fallback ?? 0;
  }

  u32(type: number, fallback?: number): number {
    const view = this.#number(type, 4, fallback);
    return view?.getUint32(0, HOST_LITTLE_ENDIAN) ?? fallback ?? 0;
  }

  u64(type: number, fallback?: bigint): bigint {
    const view = this.#number(type, 8, fallback);
    return view?.getBigUint64(0, HOST_LITTLE_ENDIAN) ?? fallback ?? 0n;
  }

  /** Network byte order. */
  u16Be(type: number, fallback?: number): number {
    return this.#number(type, 2, fallback)?.getUint16(0, BIG_ENDIAN) ?? fallback ?? 0;
  }

  /** Network byte order. */
  u32Be(type: number, fallback?: number): number {
    return this.#number(type, 4, fallback)?.getUint32(0, BIG_ENDIAN) ?? fallback ?? 0;
  }

  /** The text before the first NUL. */
  string(type: number): string {
    const value = this.bytes(type);
    const end = value.indexOf(0);
    return TEXT_DECODER.decode(end < 0 ? value : value.subarray(0, end));
  }

  bytes(type: number): Uint8Array {
    const value = this.values.get(type);
    if (value === undefined) throw new DecodeError("attribute-missing", `type ${type}`);
    return value;
  }

  nested(type: number): Attributes {
    return readAttributes(this.bytes(type));
  }

  /** Undefined where the attribute is absent although there is a fallback. */
  #number(type: number, size: number, fallback: unknown): DataView | undefined {
    if (fallback !== undefined && !this.values.has(type)) return undefined;
    const value = this.bytes(type);
    if (value.length < size) throw new DecodeError("attribute-size", `type ${type}`);
    return viewOf(value);
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
