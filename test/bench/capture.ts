/** What a capture of tcpdump has of one port: payloads of UDP, streams of TCP, as hexadecimal. */

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const UDP = 17;
const TCP = 6;

export interface Captured {
  /** Each payload, in its order. */
  readonly datagrams: readonly string[];
  /** `ADDRESS:PORT>ADDRESS:PORT` → what was said that way. */
  readonly streams: Readonly<Record<string, string>>;
}

/** Of IPv4 over Ethernet, little-endian, nothing lost: a bridge in the memory of one host. */
export function readCapture(file: Buffer): Captured {
  const datagrams: string[] = [];
  const streams: Record<string, string> = {};
  let offset = FILE_HEADER;
  while (offset + RECORD_HEADER <= file.length) {
    const length = file.readUInt32LE(offset + 8);
    const start = offset + RECORD_HEADER;
    take(file.subarray(start + ETHERNET, start + length), { datagrams, streams });
    offset = start + length;
  }
  return { datagrams, streams };
}

function take(
  packet: Buffer,
  { datagrams, streams }: { datagrams: string[]; streams: Record<string, string> },
): void {
  const header = (packet.readUInt8(0) & 0xf) * 4;
  const body = packet.subarray(header, packet.readUInt16BE(2));
  const protocol = packet.readUInt8(9);
  if (protocol === UDP) datagrams.push(body.subarray(8).toString("hex"));
  if (protocol !== TCP) return;
  const address = (at: number): string => packet.subarray(at, at + 4).join(".");
  const ends = [`${address(12)}:${body.readUInt16BE(0)}`, `${address(16)}:${body.readUInt16BE(2)}`];
  const text = body.subarray((body.readUInt8(12) >> 4) * 4).toString("hex");
  const way = ends.join(">");
  if (text !== "") streams[way] = (streams[way] ?? "") + text;
}
