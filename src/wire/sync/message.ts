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
import { ByteReader, ByteWriter, DecodeError } from "../../base/bytes.ts";
import { familyOf, formatIp, type Ip, ipBytes } from "../../base/ip.ts";

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

/** As many messages as it takes; none is longer than `maxLength` octets. */
export function encodeMessages(
  syncId: number,
  records: readonly SyncRecord[],
  maxLength: number,
): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let writer = start(syncId);
  let count = 0;
  for (const record of records) {
    const bytes = encodeRecord(record);
    if (count === MAX_RECORDS || (count > 0 && writer.length + bytes.length > maxLength)) {
      messages.push(finish(writer, count));
      writer = start(syncId);
      count = 0;
    }
    writer.bytes(bytes);
    count++;
  }
  if (count > 0) messages.push(finish(writer, count));
  return messages;
}

const start = (syncId: number): ByteWriter =>
  new ByteWriter().u8(0).u8(syncId).u16(0).u8(0).u8(VERSION).u16(0);

function finish(writer: ByteWriter, count: number): Uint8Array {
  const bytes = writer.patchU16(2, writer.length).finish();
  bytes[4] = count;
  return bytes;
}

function encodeRecord(record: SyncRecord): Uint8Array {
  const six = familyOf(record.client) === 6;
  const writer = new ByteWriter()
    .u8(six ? 1 : 0)
    .u8(record.protocol)
    .u16(0);
  writer.u32(record.flags).u16(record.state);
  writer.u16(record.clientPort).u16(record.virtualPort).u16(record.destinationPort);
  writer.u32(record.mark).u32(record.timeout);
  for (const address of [record.client, record.virtual, record.destination]) {
    writer.bytes(ipBytes(address));
  }
  if (record.engine) {
    option(writer, OPTION.engineData, record.engine.data);
    option(writer, OPTION.engineName, new TextEncoder().encode(record.engine.name));
  }
  writer.patchU16(2, writer.length);
  return writer.zeros((4 - (writer.length % 4)) % 4).finish();
}

const option = (writer: ByteWriter, type: number, value: Uint8Array): void => {
  writer.u8(type).u8(value.length).bytes(value);
};

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
