/** Heartbeats on the wire: recorded at a host, and put there from another one by whoever likes. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ByteWriter, toHex } from "../../src/base/bytes.ts";
import { type Ip, ipBytes, parseIp } from "../../src/base/ip.ts";
import { internetChecksum } from "../../src/wire/link/checksum.ts";
import type { Network } from "./network.ts";
import { eventually } from "./process.ts";
import { programFile } from "./programs.ts";

export const HEARTBEAT_PORT = 8112;

/** A UDP datagram as it was on the wire, or as it shall be. */
export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly payload: Uint8Array;
  readonly ttl?: number;
}

export interface Recording {
  /** What came by so far, in order, in both directions. */
  stop(): Promise<readonly Datagram[]>;
}

/** All heartbeats that a host sends or hears. */
export async function record(network: Network, host: string, link = "eth0"): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), "baton-record-"));
  const file = join(folder, "heartbeats.pcap");
  const filter = `udp port ${HEARTBEAT_PORT}`;
  const capture = network.spawn(host, ["tcpdump", "-nUi", link, "-Z", "root", "-w", file, filter]);
  await eventually("tcpdump listens", () => capture.stderr().includes("listening"));
  return {
    stop: async () => {
      await capture.stop();
      const datagrams = readCapture(readFileSync(file));
      rmSync(folder, { recursive: true, force: true });
      return datagrams;
    },
  };
}

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;

/** IPv4 only; libpcap's own format, in this machine's byte order. */
function readCapture(bytes: Buffer): readonly Datagram[] {
  const datagrams: Datagram[] = [];
  for (let at = FILE_HEADER; at + PACKET_HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    const ip = bytes.subarray(at + PACKET_HEADER + ETHERNET, at + PACKET_HEADER + length);
    at += PACKET_HEADER + length;
    if ((ip[0] ?? 0) >> 4 !== 4) continue;
    const payload = Uint8Array.from(ip.subarray(IPV4 + UDP, ip.readUInt16BE(2)));
    datagrams.push({ from: dotted(ip, 12), to: dotted(ip, 16), ttl: ip[8] ?? 0, payload });
  }
  return datagrams;
}

const dotted = (bytes: Buffer, at: number): string => bytes.subarray(at, at + 4).join(".");

/** A frame from `fromMac`, whoever the datagram says that it comes from. UDP without checksum. */
function frame({ from, to, payload, ttl = 255 }: Datagram, fromMac: string, toMac: string): string {
  const header = new ByteWriter()
    .u8(0x45)
    .u8(0)
    .u16(IPV4 + UDP + payload.length);
  header
    .u16(0)
    .u16(0)
    .u8(ttl)
    .u8(17)
    .u16(0)
    .bytes(ipBytes(ip(from)))
    .bytes(ipBytes(ip(to)));
  header.patchU16(10, internetChecksum(header.finish()));
  const packet = new ByteWriter().bytes(macBytes(toMac)).bytes(macBytes(fromMac)).u16(0x0800);
  packet.bytes(header.finish()).u16(HEARTBEAT_PORT).u16(HEARTBEAT_PORT);
  packet
    .u16(UDP + payload.length)
    .u16(0)
    .bytes(payload);
  return toHex(packet.finish());
}

const macBytes = (mac: string): Uint8Array => Buffer.from(mac.replaceAll(":", ""), "hex");

function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export interface Injector {
  /** Sends to a host, one each `pause` milliseconds; resolves when all are on the wire. */
  inject(toHost: string, datagrams: readonly Datagram[], pause?: number): Promise<void>;
}

/** Puts forged or recorded datagrams on the wire from `host`, which keeps its hardware address. */
export async function startInjector(network: Network, host: string): Promise<Injector> {
  const program = await programFile("injector");
  const child = network.spawn(host, [process.execPath, program, "eth0"]);
  await child.line(/ready/);
  let sent = 0;
  return {
    inject: async (toHost, datagrams, pause = 0) => {
      const from = network.mac(host);
      const frames = datagrams.map((one) => frame(one, from, network.mac(toHost)));
      child.write(`${JSON.stringify({ frames, pause })}\n`);
      sent++;
      await eventually(
        "the injector is done",
        () =>
          child
            .stdout()
            .split("\n")
            .filter((line) => line.startsWith("sent")).length >= sent,
        { timeout: 30_000 },
      );
    },
  };
}
