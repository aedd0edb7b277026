/** Values of options, read as the C library reads them. */
import { formatIp, type Ip, isMulticast, parseIp } from "../base/ip.ts";
import { wrong } from "./stop.ts";

/** strtol in base 10 of the whole word: leading blanks, a sign and leading zeros are fine. */
export function toNumber(text: string, lowest: number, highest: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= lowest && value <= highest ? value : undefined;
}

/** The same, or the sentence of ipvsadm. */
export function numberIn(
  text: string,
  [lowest, highest]: readonly [number, number],
  sentence: string,
): number {
  const value = toNumber(text, lowest, highest);
  if (value === undefined) throw wrong(sentence);
  return value;
}

/** inet_aton: one to four parts, each decimal, octal (0…) or hexadecimal (0x…). */
export function inetAton(text: string): Ip | undefined {
  const plain = inetPton4(text);
  if (plain) return plain;
  const parts = text.replace(/[ \t\n\v\f\r].*$/s, "").split(".");
  const values = parts.map(partOf);
  const last = values.pop();
  if (last === undefined || parts.length > 4) return undefined;
  if (values.some((value) => value === undefined || value > 255)) return undefined;
  if (last >= 256 ** (4 - values.length)) return undefined;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, last);
  values.forEach((value, i) => {
    bytes[i] = value ?? 0;
  });
  return formatIp(bytes);
}

function partOf(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number(text);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** inet_pton of IPv6: no zone; one colon alone stands before a port. */
export const inetPton6 = (text: string): Ip | undefined =>
  text.indexOf(":") === text.lastIndexOf(":") ? undefined : parseIp(text);

const inetPton4 = (text: string): Ip | undefined =>
  text.includes(":") ? undefined : parseIp(text);

export function multicastGroup(text: string): Ip {
  const version = text.includes(":") ? 6 : 4;
  const group = version === 6 ? inetPton6(text) : inetPton4(text);
  if (group && isMulticast(group)) return group;
  throw wrong(`invalid IPv${version} mcast-group \`${text}'`);
}

/** IFNAMSIZ and the kernel's scheduler names: 15 octets and a NUL. */
export const cut = (text: string): string =>
  Buffer.byteLength(text) > 15 ? Buffer.from(text).subarray(0, 15).toString("latin1") : text;

const SCHEDULER_FLAGS: Readonly<Record<string, readonly [number, string | undefined]>> = {
  "flag-1": [0x08, undefined],
  "flag-2": [0x10, undefined],
  "flag-3": [0x20, undefined],
  "sh-fallback": [0x08, "sh"],
  "sh-port": [0x10, "sh"],
  "mh-fallback": [0x08, "mh"],
  "mh-port": [0x10, "mh"],
};

export function schedulerFlags(text: string, scheduler: string): number {
  let flags = 0;
  if (text === "") return flags;
  for (const name of text.split(",").filter((item) => item !== "")) {
    const known = Object.hasOwn(SCHEDULER_FLAGS, name) ? SCHEDULER_FLAGS[name] : undefined;
    if (!known) throw wrong(`invalid scheduler flag \`${name}'`);
    if (known[1] !== undefined && known[1] !== scheduler) {
      throw wrong(`incompatible scheduler flag \`${name}'`);
    }
    flags |= known[0];
  }
  return flags;
}
