/** Reading and writing of binary messages, with bounds checked once, here. */

/** What a decoder throws, and nothing else: the octets are not what they should be. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  /** A short stable word for counters, e.g. `truncated`. */
  readonly reason: string;

  constructor(reason: string, detail?: string) {
    // A flood of bad packets must not cost a stack trace each: nobody looks at it.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(detail === undefined ? reason : `${reason}: ${detail}`);
    Error.stackTraceLimit = limit;
    this.reason = reason;
  }
}

const WORD = 2 ** 32;
/** The upper word of the largest safe integer. */
const MAX_HIGH = 2 ** 21 - 1;

/** Reads big-endian values from the front; every read beyond the end is a `truncated` DecodeError. */
export class ByteReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** A number below 2^53; what is above was not written by `ByteWriter`. */
  u64(): number {
    const high = this.u32();
    if (high > MAX_HIGH) throw new DecodeError("counter");
    return high * WORD + this.u32();
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.remaining) {
      throw new DecodeError("truncated", `${length} octets wanted at ${start}`);
    }
    this.#offset += length;
    return start;
  }
}

const INITIAL_SIZE = 256;

/** Appends big-endian values to a buffer that grows. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** A number below 2^53. */
  u64(value: number): this {
    return this.u32(Math.floor(value / WORD)).u32(value % WORD);
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#grow(count);
    this.#bytes.fill(0, at, this.#length);
    return this;
  }

  /** Overwrites a length or checksum that is known only later. */
  patchU16(offset: number, value: number): this {
    this.#view.setUint16(offset, value);
    return this;
  }

  /** The octets written so far, copied. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** The offset of `count` more octets. It may replace the buffer. */
  #grow(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
}

/** One string at once, without a small one for each octet: every heartbeat has some sixty of them. */
export function toHex(bytes: Uint8Array): string {
  const codes: number[] = [];
  for (const byte of bytes) codes.push(hexDigit(byte >> 4), hexDigit(byte & 15));
  return String.fromCharCode(...codes);
}

const hexDigit = (value: number): number => (value < 10 ? 48 : 87) + value;

export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (hexValue(text.charCodeAt(i * 2)) << 4) | hexValue(text.charCodeAt(i * 2 + 1));
  }
  return bytes;
}

/** Digits are below the letters, and a lower-case letter is its capital with one bit more. */
const hexValue = (code: number): number => (code < 58 ? code - 48 : (code | 32) - 87);
