/** Netlink attributes: a writer and a reader that mirror each other (struct nlattr). */
import { DecodeError } from "../../base/bytes.ts";
import { invariant } from "../../base/invariant.ts";
import { HOST_LITTLE_ENDIAN } from "./endian.ts";
import { align4 } from "./message.ts";

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
  #slab: Slab;
  #start: number;
  #length: number;

  constructor(header: Uint8Array = new Uint8Array(0)) {
    this.#slab = takeSlab();
    this.#start = this.#slab.used;
    this.#length = this.#start;
    const at = this.#reserve(align4(header.length));
    this.#slab.bytes.set(header, at);
  }

  u8(type: number, value: number): this {
    const at = this.#open(type, 1);
    this.#slab.view.setUint8(at, value);
    return this;
  }

  u16(type: number, value: number): this {
    const at = this.#open(type, 2);
    this.#slab.view.setUint16(at, value, HOST_LITTLE_ENDIAN);
    return this;
  }

  u32(type: number, value: number): this {
    const at = this.#open(type, 4);
    this.#slab.view.setUint32(at, value, HOST_LITTLE_ENDIAN);
    return this;
  }

  u64(type: number, value: bigint): this {
    const at = this.#open(type, 8);
    this.#slab.view.setBigUint64(at, value, HOST_LITTLE_ENDIAN);
    return this;
  }

  /** Network byte order. */
  u16Be(type: number, value: number): this {
    const at = this.#open(type, 2);
    this.#slab.view.setUint16(at, value, BIG_ENDIAN);
    return this;
  }

  /** Network byte order. */
  u32Be(type: number, value: number): this {
    const at = this.#open(type, 4);
    this.#slab.view.setUint32(at, value, BIG_ENDIAN);
    return this;
  }

  /** With the NUL at its end that the kernel wants. */
  string(type: number, value: string): this {
    const text = TEXT_ENCODER.encode(value);
    const at = this.#open(type, text.length + 1);
    this.#slab.bytes.set(text, at);
    return this;
  }

  bytes(type: number, value: Uint8Array): this {
    const at = this.#open(type, value.length);
    this.#slab.bytes.set(value, at);
    return this;
  }

  /** The attributes that `build` appends become the value of this one. */
  nested(type: number, build: (writer: this) => void): this {
    // The slab may be another when the nest ends: the distance from the start stays.
    const offset = this.#open(type | NLA_F_NESTED, 0) - NLA_HDRLEN - this.#start;
    build(this);
    const start = this.#start + offset;
    invariant(this.#length - start <= MAX_LENGTH, "a nested attribute is too long");
    this.#slab.view.setUint16(start, this.#length - start, HOST_LITTLE_ENDIAN);
    return this;
  }

  /** What was written, as a view; the writer is used up. */
  finish(): Uint8Array {
    const slab = this.#slab;
    slab.used = this.#length;
    spare = slab;
    return slab.bytes.subarray(this.#start, this.#length);
  }

  /** Writes an attribute's header; the offset of its value, all zeros. It may replace the slab. */
  #open(type: number, length: number): number {
    invariant(NLA_HDRLEN + length <= MAX_LENGTH, "an attribute is too long");
    const at = this.#reserve(NLA_HDRLEN + align4(length));
    this.#slab.view.setUint16(at, NLA_HDRLEN + length, HOST_LITTLE_ENDIAN);
    this.#slab.view.setUint16(at + 2, type, HOST_LITTLE_ENDIAN);
    return at + NLA_HDRLEN;
  }

  #reserve(count: number): number {
    const size = this.#length - this.#start;
    if (this.#length + count > this.#slab.bytes.length) {
      const grown = newSlab(Math.max(SLAB_SIZE, (size + count) * 2));
      grown.bytes.set(this.#slab.bytes.subarray(this.#start, this.#length));
      this.#slab = grown;
      this.#start = 0;
      this.#length = size;
    }
    const at = this.#length;
    this.#length += count;
    return at;
  }
}

/**
 * Memory that writers fill one after the other. A table of thousands of commands is a matter of
 * milliseconds; with a buffer of its own for each, most of the time went into allocating them.
 */
interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Octets before this belong to finished messages, those behind it are zeros. */
  used: number;
}

const SLAB_SIZE = 16 * 1024;
/** A slab that no writer holds. */
let spare: Slab | undefined;

function newSlab(size: number): Slab {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), used: 0 };
}

function takeSlab(): Slab {
  const slab = spare ?? newSlab(SLAB_SIZE);
  spare = undefined;
  return slab;
}

/** Collects attributes by type; where a type is repeated the last one counts, as in the kernel. */
export function readAttributes(bytes: Uint8Array): Attributes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Attributes(view, 0, bytes.length);
}

/**
 * Typed access to the attributes in a part of a message, without a copy. A getter throws
 * `attribute-missing` without a fallback and `attribute-size` for a value that is too short.
 */
export class Attributes {
  readonly #view: DataView;
  /** By type, where the attribute's header is. */
  readonly #headers: number[] = [];

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
