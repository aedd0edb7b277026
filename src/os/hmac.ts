/** The secrets that sign heartbeats: their file's format, signing, checking. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { BatonError } from "../base/errors.ts";

/** HMAC-SHA256 cut to half its length, as RFC 2104 §5 allows. */
export const SIGNATURE_LENGTH = 16;
const MAX_KEY_ID = 0xffff;
/** RFC 2104 §3 discourages keys shorter than the hash; below this many octets they are refused. */
export const MIN_KEY_LENGTH = 8;

export interface Secret {
  readonly id: number;
  readonly key: Uint8Array;
}

/**
 * Lines `id:key`, the first one signs, all of them are accepted. The key is text, `hex:…` or
 * `base64:…`. A file of one line without an id is key 0. `#` starts a comment line.
 */
export function parseSecrets(text: string, file: string): readonly Secret[] {
  const lines = significantLines(text);
  if (lines.length === 0) throw secretError(`${file} holds no key`);
  const bare = lines.length === 1;
  const secrets: Secret[] = [];
  for (const line of lines) {
    const secret = parseLine(line, bare, file);
    if (secrets.some(({ id }) => id === secret.id)) {
      throw secretError(`${file}:${line.number}: key id ${secret.id} stands there twice`);
    }
    secrets.push(secret);
  }
  return secrets;
}

/** The first octets of the HMAC over `bytes`. */
export function sign(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  const digest = createHmac("sha256", key).update(bytes).digest();
  return new Uint8Array(digest.subarray(0, SIGNATURE_LENGTH));
}

/** Compares in a time that does not depend on where the two differ. */
export function verify(bytes: Uint8Array, key: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_LENGTH) return false;
  return timingSafeEqual(sign(bytes, key), signature);
}

interface Line {
  readonly number: number;
  readonly text: string;
}

const significantLines = (text: string): readonly Line[] =>
  text
    .split("\n")
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== "" && !line.text.startsWith("#"));

function parseLine(line: Line, bareAllowed: boolean, file: string): Secret {
  const where = `${file}:${line.number}`;
  const [, digits, rest] = /^(\d+)\s*:\s*(.*)$/.exec(line.text) ?? [];
  if (digits === undefined || rest === undefined) {
    if (bareAllowed) return { id: 0, key: parseKey(line.text, where) };
    throw secretError(`${where}: a line \`id:key\` was expected`);
  }
  const id = Number(digits);
  if (id > MAX_KEY_ID) throw secretError(`${where}: key id ${digits} is not in 0-${MAX_KEY_ID}`);
  return { id, key: parseKey(rest, where) };
}

function parseKey(text: string, where: string): Uint8Array {
  const key = decodeKey(text, where);
  if (key.length >= MIN_KEY_LENGTH) return new Uint8Array(key);
  throw secretError(`${where}: a key of ${MIN_KEY_LENGTH} octets is the least, not ${key.length}`);
}

function decodeKey(text: string, where: string): Uint8Array {
  const [, encoding, digits] = /^(hex|base64):\s*(.*)$/.exec(text) ?? [];
  if (encoding === undefined || digits === undefined) return Buffer.from(text, "utf8");
  const valid = encoding === "hex" ? /^(?:[0-9a-fA-F]{2})+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  if (!valid.test(digits)) throw secretError(`${where}: this is not ${encoding}`);
  return Buffer.from(digits, encoding === "hex" ? "hex" : "base64");
}

const secretError = (sentence: string): BatonError =>
  new BatonError("BATON_SECRET", sentence, {
    remedy: "Write one key a line, as `1:` and at least 8 octets of text, hex: or base64:.",
  });
