/** DNS messages as far as a probe needs them (RFC 1035 §4): one question, its answers.
 *
 * ```
 * header:  id (16) | QR opcode AA TC RD | RA Z rcode | QD (16) | AN (16) | NS (16) | AR (16)
 * question: name | type (16) | class (16)
 * answer:   name | type (16) | class (16) | TTL (32) | length (16) | data
 * ```
 */
import { ByteReader, ByteWriter, DecodeError } from "../base/bytes.ts";
import { formatIp } from "../base/ip.ts";

export const RECORD_TYPE: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
};
export const RCODE = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

const CLASS_IN = 1;
const RECURSION_DESIRED = 0x0100;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const POINTER = 0xc0;
const MAX_JUMPS = 32;

export function encodeQuestion(id: number, name: string, recordType: string): Uint8Array {
  const writer = new ByteWriter();
  writer.u16(id).u16(RECURSION_DESIRED).u16(1).u16(0).u16(0).u16(0);
  for (const label of name.split(".").filter((part) => part !== "")) {
    const bytes = new TextEncoder().encode(label);
    writer.u8(bytes.length).bytes(bytes);
  }
  return writer
    .u8(0)
    .u16(RECORD_TYPE[recordType] ?? 0)
    .u16(CLASS_IN)
    .finish();
}

export interface DnsAnswer {
  readonly rcode: string;
  readonly truncated: boolean;
  /** Data of the answers of the type that was asked for, as text. */
  readonly answers: readonly string[];
}

/** Undefined where it answers another question; throws only DecodeError. */
export function decodeAnswer(
  message: Uint8Array,
  id: number,
  recordType: string,
): DnsAnswer | undefined {
  const reader = new ByteReader(message);
  if (reader.u16() !== id) return undefined;
  const flags = reader.u16();
  if ((flags & RESPONSE) === 0) return undefined;
  const questions = reader.u16();
  const count = reader.u16();
  reader.skip(4);
  for (let i = 0; i < questions; i++) {
    readName(message, reader);
    reader.skip(4);
  }
  const answers: string[] = [];
  for (let i = 0; i < count; i++) {
    readName(message, reader);
    const type = reader.u16();
    reader.skip(6);
    const length = reader.u16();
    const start = reader.offset;
    const data = reader.take(length);
    if (type === RECORD_TYPE[recordType]) answers.push(textOf(recordType, message, start, data));
  }
  const rcode = RCODE[flags & 0xf] ?? `rcode ${flags & 0xf}`;
  return { rcode, truncated: (flags & TRUNCATED) !== 0, answers };
}

function textOf(recordType: string, message: Uint8Array, start: number, data: Uint8Array): string {
  const nameAt = (offset: number): string => {
    const reader = new ByteReader(message);
    reader.skip(offset);
    return readName(message, reader);
  };
  switch (recordType) {
    case "A":
    case "AAAA":
      return formatIp(data);
    case "MX":
      return nameAt(start + 2);
    case "TXT":
      return stringsIn(data);
    default:
      return nameAt(start);
  }
}

/** The strings of a TXT record, each with its length before it, put together (RFC 1035 §3.3.14). */
function stringsIn(data: Uint8Array): string {
  const reader = new ByteReader(data);
  const parts: Uint8Array[] = [];
  while (reader.remaining > 0) parts.push(reader.take(reader.u8()));
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** Labels, or a pointer to where they stand (RFC 1035 §4.1.4); without the last dot. */
function readName(message: Uint8Array, reader: ByteReader): string {
  const labels: string[] = [];
  let from = reader;
  for (let jumps = 0; ; ) {
    const length = from.u8();
    if (length === 0) return labels.join(".");
    if ((length & POINTER) === POINTER) {
      if (++jumps > MAX_JUMPS) throw new DecodeError("loop");
      const offset = ((length & ~POINTER) << 8) | from.u8();
      from = new ByteReader(message);
      from.skip(offset);
    } else labels.push(new TextDecoder().decode(from.take(length)));
  }
}
