/** FNV-1a: short identifiers for names and lists. Not a defence against forgery: the HMAC is. */

const OFFSET_64 = 0xcbf29ce484222325n;
const PRIME_64 = 0x100000001b3n;
const MASK_64 = 0xffffffffffffffffn;

/** 64 bits of the UTF-8 text, as 16 hexadecimal digits. */
export function digest64(text: string): string {
  let hash = OFFSET_64;
  for (const byte of new TextEncoder().encode(text)) {
    hash = ((hash ^ BigInt(byte)) * PRIME_64) & MASK_64;
  }
  return hash.toString(16).padStart(16, "0");
}

/** 32 bits, never 0, which stands for "nobody" on the wire. */
export function nameId(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash === 0 ? 1 : hash;
}
