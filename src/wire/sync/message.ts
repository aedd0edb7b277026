/** Messages of the kernel's connection sync, version 1 (net/netfilter/ipvs/ip_vs_sync.c).
 *
 * All fields in network byte order; one UDP datagram is one message.
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |       0       |    sync id    |   length, header included     |
 * +---------------+---------------+-------------------------------+
 * |    records    |   version 1   |               0               |
 * +---------------+---------------+-------------------------------+
 *
 * a record, at a multiple of four octets
 * +---------------+---------------+-------+-----------------------+
 * | 0 IPv4 1 IPv6 |   protocol    | vers 0|  length, with options |
 * +---------------+---------------+-------+-----------------------+
 * |                        flags (32)                             |
 * +-------------------------------+-------------------------------+
 * |             state             |          client port          |
 * |         virtual port          |       destination port        |
 * +-------------------------------+-------------------------------+
 * |                        mark (32)                              |
 * |                        timeout in seconds (32)                |
 * |        client address, virtual address, destination address   |
 * +---------------------------------------------------------------+
 * |  options: type (8) | length of the value (8) | value ...      |
 * +---------------------------------------------------------------+
 * ```
 * Options: 1 are sequence numbers (FTP behind nat), 2 and 3 the data and the name of a persistence
 * engine.
 */
import { ByteReader, DecodeError } from "../../base/bytes.ts";
import { familyOf, formatIp, type Ip, putIp } from "../../base/ip.ts";

export interface SyncRecord {
  /** IPPROTO_*: 6 TCP, 17 UDP, 132 SCTP; 0 of a template for a mark. */
  readonly protocol: number;
  /** A union of SYNC_FLAG, and the forwarding method in its lowest bits. */
  readonly flags: number;
  readonly state: number;
  readonly client: Ip;
  readonly clientPort: number;
  readonly virtual: Ip;
  readonly virtualPort: number;
  readonly destination: Ip;
  readonly destinationPort: number;
  readonly mark: number;
  /** Seconds; 0 leaves it to the state. */
  readonly timeout: number;
  readonly engine: Engine | undefined;
}

/** A persistence engine by name, and what it knows the client by: for sip the Call-ID. */
export interface Engine {
  readonly name: string;
  readonly data: Uint8Array;
}

export interface SyncMessage {
  readonly syncId: number;
  readonly records: readonly SyncRecord[];
}

/** IP_VS_CONN_F_* as far as they go over the wire. */
export const SYNC_FLAG = {
  forward: 0x0007,
  inactive: 0x0100,
  outSequence: 0x0200,
  inSequence: 0x0400,
  noClientPort: 0x0800,
  template: 0x1000,
} as const;

const HEADER_LENGTH = 8;
const VERSION = 1;
const FIXED_LENGTH = { 4: 36, 6: 72 } as const;
const MAX_RECORDS = 255;
const LENGTH_MASK = 0x0fff;
const OPTION = { sequence: 1, engineData: 2, engineName: 3 } as const;

export interface Packed {
  readonly bytes: Uint8Array;
  /** How many are in it. */
  readonly records: number;
}

/** Fills messages with records: each goes straight into the datagram that will carry it. */
export interface Packer {
  /** The message that had no room for this record, to be sent; undefined: there was room. */
  add(record: SyncRecord): Packed | undefined;
  /** What is begun; undefined where that is nothing. */
  flush(): Packed | undefined;
}

/** No message is longer than `maxLength` octets, but for one whose only record is. */
export function createPacker(syncId: number, maxLength: number): Packer {
  let bytes = new Uint8Array(maxLength);
  let length = HEADER_LENGTH;
  let records = 0;
  const flush = (): Packed | undefined => {
    if (records === 0) return undefined;
    const packed = { bytes: bytes.subarray(0, length), records };
    bytes.set([0, syncId, length >> 8, length & 255, records, VERSION]);
    bytes = new Uint8Array(maxLength);
    length = HEADER_LENGTH;
    records = 0;
    return packed;
  };
  return {
    flush,
    add: (record) => {
      const size = sizeOf(record);
      const full = records === MAX_RECORDS || length + size > maxLength ? flush() : undefined;
      if (length + size > bytes.length) bytes = new Uint8Array(length + size);
      putRecord(bytes, length, record);
      length += size;
      records++;
      return full;
    },
  };
}

/** As many messages as it takes; see `createPacker`. */
export function encodeMessages(
  syncId: number,
  records: readonly SyncRecord[],
  maxLength: number,
): readonly Uint8Array[] {
  const packer = createPacker(syncId, maxLength);
  const full = records.map((record) => packer.add(record));
  return [...full, packer.flush()].flatMap((packed) => packed?.bytes ?? []);
}

/** With what brings the next record to a multiple of four octets. */
const sizeOf = (record: SyncRecord): number => (recordLength(record) + 3) & ~3;

function recordLength({ client, engine }: SyncRecord): number {
  const fixed = FIXED_LENGTH[familyOf(client)];
  if (!engine) return fixed;
  return fixed + 4 + engine.data.length + new TextEncoder().encode(engine.name).length;
}

function putRecord(bytes: Uint8Array, at: number, record: SyncRecord): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const six = familyOf(record.client) === 6;
  view.setUint16(0, ((six ? 1 : 0) << 8) | record.protocol);
  view.setUint16(2, recordLength(record));
  view.setUint32(4, record.flags);
  view.setUint16(8, record.state);
  view.setUint16(10, record.clientPort);
  view.setUint16(12, record.virtualPort);
  view.setUint16(14, record.destinationPort);
  view.setUint32(16, record.mark);
  view.setUint32(20, record.timeout);
  const octets = six ? 16 : 4;
  putIp(bytes, at + 24, record.client);
  putIp(bytes, at + 24 + octets, record.virtual);
  putIp(bytes, at + 24 + 2 * octets, record.destination);
  if (record.engine) putEngine(bytes, at + 24 + 3 * octets, record.engine);
}

function putEngine(bytes: Uint8Array, at: number, { name, data }: Engine): void {
  const named = new TextEncoder().encode(name);
  bytes.set([OPTION.engineData, data.length, ...data], at);
  bytes.set([OPTION.engineName, named.length, ...named], at + 2 + data.length);
}

/** Throws only DecodeError, where the kernel would drop the message. */
export function decodeMessage(datagram: Uint8Array): SyncMessage {
  const reader = new ByteReader(datagram);
  if (reader.u8() !== 0) throw new DecodeError("version", "not of version 1");
  const syncId = reader.u8();
  if (reader.u16() !== datagram.length) throw new DecodeError("length");
  const count = reader.u8();
  if (reader.u8() !== VERSION) throw new DecodeError("version");
  reader.skip(2);
  const records: SyncRecord[] = [];
  for (let i = 0; i < count; i++) {
    reader.skip((4 - ((reader.offset - HEADER_LENGTH) % 4)) % 4);
    records.push(decodeRecord(reader));
  }
  return { syncId, records };
}

function decodeRecord(reader: ByteReader): SyncRecord {
  const start = reader.offset;
  const type = reader.u8();
  if (type > 1) throw new DecodeError("type", `unknown record ${type}`);
  const protocol = reader.u8();
  const versionAndLength = reader.u16();
  if (versionAndLength > LENGTH_MASK) throw new DecodeError("version", "of a record");
  const octets = type === 1 ? 16 : 4;
  if (versionAndLength < FIXED_LENGTH[type === 1 ? 6 : 4]) throw new DecodeError("length");
  const fixed = {
    protocol,
    flags: reader.u32(),
    state: reader.u16(),
    clientPort: reader.u16(),
    virtualPort: reader.u16(),
    destinationPort: reader.u16(),
    mark: reader.u32(),
    timeout: reader.u32(),
    client: formatIp(reader.take(octets)),
    virtual: formatIp(reader.take(octets)),
    destination: formatIp(reader.take(octets)),
  };
  const options = new ByteReader(reader.take(versionAndLength - (reader.offset - start)));
  return { ...fixed, engine: decodeOptions(options) };
}

function decodeOptions(reader: ByteReader): Engine | undefined {
  let data: Uint8Array | undefined;
  let name: string | undefined;
  while (reader.remaining > 0) {
    const type = reader.u8();
    const value = reader.take(reader.u8());
    if (type === OPTION.engineData) data = value;
    else if (type === OPTION.engineName) name = new TextDecoder().decode(value);
    else if (type !== OPTION.sequence) throw new DecodeError("option", `unknown option ${type}`);
  }
  return name === undefined || data === undefined ? undefined : { name, data };
}
