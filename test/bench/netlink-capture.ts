/** Reads what nlmon recorded: which IPVS commands were given when, and when the last was done. */
import { readFileSync } from "node:fs";

/** <linux/netlink.h>, <linux/genetlink.h>, <linux/ip_vs.h>. */
const NETLINK_GENERIC = 16;
const NLMSG_ERROR = 2;
const GENL_ID_CTRL = 16;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const PSEUDO_HEADER = 16;
const MESSAGE_HEADER = 16;
const CHANGES: ReadonlySet<number> = new Set([1, 2, 3, 5, 6, 7, 9, 10, 12, 14, 16, 17]);

export interface Programming {
  /** Commands that change the table, by number of IPVS_CMD_*. */
  readonly commands: Readonly<Record<number, number>>;
  readonly total: number;
  /** Lists that were asked for. */
  readonly dumps: number;
  /** Wall clock of the first command in milliseconds; and from there until the last was done. */
  readonly firstAt: number;
  readonly duration: number;
}

interface Message {
  readonly at: number;
  readonly type: number;
  readonly flags: number;
  readonly command: number;
}

export function readProgramming(file: string): Programming {
  const messages = [...readMessages(readFileSync(file))];
  const changes = messages.filter(
    ({ type, flags, command }) =>
      type > GENL_ID_CTRL && (flags & NLM_F_REQUEST) !== 0 && CHANGES.has(command),
  );
  const dumps = messages.filter(
    ({ type, flags }) => type > GENL_ID_CTRL && (flags & NLM_F_DUMP) === NLM_F_DUMP,
  );
  const firstAt = changes[0]?.at ?? Number.NaN;
  const lastAt = changes.at(-1)?.at ?? Number.NaN;
  const doneAt = messages.find(({ at, type }) => type === NLMSG_ERROR && at >= lastAt)?.at;
  const commands: Record<number, number> = {};
  for (const { command } of changes) commands[command] = (commands[command] ?? 0) + 1;
  const duration = (doneAt ?? Number.NaN) - firstAt;
  return { commands, total: changes.length, dumps: dumps.length, firstAt, duration };
}

/** A pcap file with nanoseconds; every packet may hold many messages. */
function* readMessages(file: Buffer): Generator<Message> {
  for (let at = 24; at + 16 <= file.length; ) {
    const time = file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1e6;
    const length = file.readUInt32LE(at + 8);
    const packet = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    // The last two octets of the pseudo header name the netlink family.
    if (packet.readUInt16BE(PSEUDO_HEADER - 2) === NETLINK_GENERIC) {
      yield* messagesOf(packet.subarray(PSEUDO_HEADER), time);
    }
  }
}

function* messagesOf(bytes: Buffer, at: number): Generator<Message> {
  for (let offset = 0; offset + MESSAGE_HEADER < bytes.length; ) {
    const length = bytes.readUInt32LE(offset);
    if (length < MESSAGE_HEADER) return;
    yield {
      at,
      type: bytes.readUInt16LE(offset + 4),
      flags: bytes.readUInt16LE(offset + 6),
      command: bytes.readUInt8(offset + MESSAGE_HEADER),
    };
    offset += (length + 3) & ~3;
  }
}
