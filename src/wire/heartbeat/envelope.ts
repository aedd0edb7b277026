/** Heartbeat datagrams of the udp transport: envelope to octets and back.
 *
 * All fields in network byte order. The signature covers every octet before it.
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                        magic "BTN1"                           |
 * +---------------+---------------+---------------+---------------+
 * |   version 1   |     kind      |     flags     |     path      |
 * +---------------+---------------+---------------+---------------+
 * |            key id             |     length, signature included|
 * +-------------------------------+-------------------------------+
 * |                        cluster (64)                           |
 * +---------------------------------------------------------------+
 * |                        sender (32)                            |
 * |                        addressee (32), 0 = everybody          |
 * |                        session (128)                          |
 * |                        counter (64)                           |
 * |                        sequence (64)                          |
 * +---------------+---------------+-------------------------------+
 * |     part      |     parts     |           reserved            |
 * +---------------+---------------+-------------------------------+
 * |  records: type (16) | length of the value (16) | value ...    |
 * +---------------------------------------------------------------+
 * |                  HMAC-SHA256, first 128 bits                  |
 * +---------------------------------------------------------------+
 *
 * record 1, echo:      director (32) | session (128)
 *                      | per path: path (8) 0 (24) sequence (64) age ms (32)
 * record 2, config:    digest (64)
 * record 4, baton:     the program's version, 1 to 32 printable octets without spaces
 * record 3, instance:  id (32) | VRID (8) | state (8) | flags (8) | priority (8) | interval ms (32)
 *                      | VIP digest (64) | followed (32) | age ms (32) | successor (32)
 *                      | active (32) | inactive (32)
 *                      | passes started (32) | passes sent (32) | connections in the last (32)
 * ```
 * Records 16 and 17 are drawn in `servers.ts`. Unknown records are skipped and a known record may
 * be longer than its known fields, so that two versions of baton understand each other.
 */
import { ByteReader, ByteWriter, DecodeError, fromHex, toHex } from "../../base/bytes.ts";
import { ms } from "../../base/units.ts";
import { putDecision, putHealth, takeDecision, takeHealth } from "./servers.ts";
import type {
  Decision,
  Echo,
  EchoedPath,
  Envelope,
  HealthReport,
  InstanceReport,
  Kind,
  ReportedState,
} from "./types.ts";

export const MAGIC = 0x42544e31;
export const VERSION = 1;
export const SIGNATURE_LENGTH = 16;
/** Header and signature; what is shorter is no heartbeat. */
export const MIN_LENGTH = 80;
/** IPv6's minimum MTU less its header and UDP's: no part is ever fragmented. */
export const MAX_LENGTH = 1232;
const MAX_PARTS = 64;

const KINDS: readonly Kind[] = [
  "hello",
  "claim",
  "handover",
  "released",
  "hold",
  "resync",
  "admin",
];
const STATES: readonly ReportedState[] = ["initialize", "backup", "master", "leaving", "fault"];
const RECORD = { echo: 1, config: 2, instance: 3, baton: 4, decision: 16, health: 17 } as const;
const FLAG = {
  claim: 1,
  level: 2,
  hold: 4,
  serviceable: 8,
  wants: 16,
  asks: 32,
  sees: 64,
  blind: 128,
} as const;

const TEXT = new TextEncoder();

/** The datagram without its signature, which the caller appends (`SIGNATURE_LENGTH` octets). */
export function encode(envelope: Envelope): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(MAGIC).u8(VERSION).u8(KINDS.indexOf(envelope.kind)).u8(0).u8(envelope.path);
  writer.u16(envelope.keyId).u16(0);
  writer.bytes(fromHex(envelope.cluster)).u32(envelope.sender).u32(envelope.addressee);
  writer.bytes(fromHex(envelope.session));
  writer.u64(envelope.counter).u64(envelope.sequence);
  writer.u8(envelope.part).u8(envelope.parts).u16(0);
  for (const echo of envelope.echoes) record(writer, RECORD.echo, () => putEcho(writer, echo));
  record(writer, RECORD.config, () => writer.bytes(fromHex(envelope.configDigest)));
  const { baton } = envelope;
  if (baton !== undefined) {
    record(writer, RECORD.baton, () => writer.bytes(TEXT.encode(baton)));
  }
  for (const report of envelope.instances) {
    record(writer, RECORD.instance, () => putInstance(writer, report));
  }
  for (const decision of envelope.decisions) {
    record(writer, RECORD.decision, () => putDecision(writer, decision));
  }
  const { health } = envelope;
  if (health) record(writer, RECORD.health, () => putHealth(writer, health));
  writer.patchU16(10, writer.length + SIGNATURE_LENGTH);
  return writer.finish();
}

/** What counts the refusals of another format; the rest of it names both. */
export const OTHER_VERSION = "version";
/** Each reason is counted by itself: whoever may send here makes no hundreds of them. */
const MAX_VERSION = 15;

function refuseOthers(version: number): void {
  if (version > MAX_VERSION) throw new DecodeError("foreign", `version ${version}`);
  if (version !== VERSION) throw new DecodeError(`${OTHER_VERSION} ${version}, not ${VERSION}`);
}

/** The part of a datagram that is signed, its key and its signature; throws only DecodeError. */
export function splitSignature(datagram: Uint8Array): {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly keyId: number;
} {
  if (datagram.length < 12) throw new DecodeError("truncated");
  const reader = new ByteReader(datagram);
  if (reader.u32() !== MAGIC) throw new DecodeError("foreign");
  if (datagram.length < MIN_LENGTH) throw new DecodeError("truncated");
  refuseOthers(reader.u8());
  reader.skip(3);
  const keyId = reader.u16();
  if (reader.u16() !== datagram.length) throw new DecodeError("length");
  const end = datagram.length - SIGNATURE_LENGTH;
  return { signed: datagram.subarray(0, end), signature: datagram.subarray(end), keyId };
}

/** Reads what `splitSignature` calls signed; throws only DecodeError. */
export function decode(signed: Uint8Array): Envelope {
  const reader = new ByteReader(signed);
  if (reader.u32() !== MAGIC) throw new DecodeError("foreign");
  refuseOthers(reader.u8());
  const kind = known(KINDS, reader.u8(), "kind");
  reader.skip(1);
  const path = reader.u8();
  const keyId = reader.u16();
  reader.skip(2);
  const header = {
    cluster: toHex(reader.take(8)),
    sender: reader.u32(),
    addressee: reader.u32(),
    session: toHex(reader.take(16)),
    counter: reader.u64(),
    sequence: reader.u64(),
    part: reader.u8(),
    parts: reader.u8(),
  };
  if (header.parts > MAX_PARTS || header.part >= header.parts) throw new DecodeError("parts");
  reader.skip(2);
  return { kind, path, keyId, ...header, ...records(reader) };
}

type Said = "echoes" | "configDigest" | "baton" | "instances" | "decisions" | "health";
type Records = Pick<Envelope, Said>;

function records(reader: ByteReader): Records {
  const echoes: Echo[] = [];
  const instances: InstanceReport[] = [];
  const decisions: Decision[] = [];
  let health: HealthReport | undefined;
  let configDigest = "0000000000000000";
  let baton: string | undefined;
  while (reader.remaining > 0) {
    const type = reader.u16();
    const value = new ByteReader(reader.take(reader.u16()));
    if (type === RECORD.echo) echoes.push(takeEcho(value));
    else if (type === RECORD.config) configDigest = toHex(value.take(8));
    else if (type === RECORD.baton) baton = takeVersion(value);
    else if (type === RECORD.instance) instances.push(takeInstance(value));
    else if (type === RECORD.decision) decisions.push(takeDecision(value));
    else if (type === RECORD.health) health = takeHealth(value);
  }
  return { echoes, configDigest, baton, instances, decisions, health };
}

/** It is shown on terminals, and a pair may be without a secret. */
const SHOWABLE = /^[\x21-\x7e]{1,32}$/;

function takeVersion(reader: ByteReader): string | undefined {
  const text = String.fromCharCode(...reader.take(reader.remaining));
  return SHOWABLE.test(text) ? text : undefined;
}

function record(writer: ByteWriter, type: number, put: () => void): void {
  writer.u16(type).u16(0);
  const start = writer.length;
  put();
  writer.patchU16(start - 2, writer.length - start);
}

function putEcho(writer: ByteWriter, echo: Echo): void {
  writer.u32(echo.director).bytes(fromHex(echo.session));
  for (const heard of echo.paths) {
    writer.u8(heard.path).zeros(3).u64(heard.sequence).u32(clamp32(heard.age));
  }
}

function takeEcho(reader: ByteReader): Echo {
  const director = reader.u32();
  const session = toHex(reader.take(16));
  const paths: EchoedPath[] = [];
  while (reader.remaining > 0) {
    const path = reader.u8();
    reader.skip(3);
    paths.push({ path, sequence: reader.u64(), age: ms(reader.u32()) });
  }
  return { director, session, paths };
}

function putInstance(writer: ByteWriter, report: InstanceReport): void {
  const flags =
    (report.claim ? FLAG.claim : 0) |
    (report.level ? FLAG.level : 0) |
    (report.hold ? FLAG.hold : 0) |
    (report.serviceable ? FLAG.serviceable : 0) |
    (report.wants ? FLAG.wants : 0) |
    (report.asks ? FLAG.asks : 0) |
    (report.sees ? FLAG.sees : 0) |
    (report.blind ? FLAG.blind : 0);
  writer.u32(report.id).u8(report.routerId).u8(STATES.indexOf(report.state)).u8(flags);
  writer.u8(report.priority).u32(clamp32(report.interval)).bytes(fromHex(report.vipDigest));
  writer.u32(report.followed).u32(clamp32(report.followedAge)).u32(report.successor);
  writer.u32(clamp32(report.activeConnections)).u32(clamp32(report.inactiveConnections));
  writer.u32(clamp32(report.passesStarted)).u32(clamp32(report.passesSent));
  writer.u32(clamp32(report.passCount));
}

function takeInstance(reader: ByteReader): InstanceReport {
  const id = reader.u32();
  const routerId = reader.u8();
  const state = known(STATES, reader.u8(), "state");
  const flags = reader.u8();
  return {
    id,
    routerId,
    state,
    claim: (flags & FLAG.claim) !== 0,
    level: (flags & FLAG.level) !== 0,
    hold: (flags & FLAG.hold) !== 0,
    serviceable: (flags & FLAG.serviceable) !== 0,
    wants: (flags & FLAG.wants) !== 0,
    asks: (flags & FLAG.asks) !== 0,
    sees: (flags & FLAG.sees) !== 0,
    blind: (flags & FLAG.blind) !== 0,
    priority: reader.u8(),
    interval: ms(reader.u32()),
    vipDigest: toHex(reader.take(8)),
    followed: reader.u32(),
    followedAge: ms(reader.u32()),
    successor: reader.u32(),
    activeConnections: reader.u32(),
    inactiveConnections: reader.u32(),
    passesStarted: later32(reader),
    passesSent: later32(reader),
    passCount: later32(reader),
  };
}

/** A field that the first versions do not send. */
const later32 = (reader: ByteReader): number => (reader.remaining >= 4 ? reader.u32() : 0);

function known<T>(values: readonly T[], index: number, what: string): T {
  const value = values[index];
  if (value === undefined) throw new DecodeError(what, `unknown value ${index}`);
  return value;
}

const clamp32 = (value: number): number => Math.min(Math.max(Math.round(value), 0), 0xffffffff);
