/** Which packets of protocol 112 a socket filter lets through, judged by an interpreter of our own. */
import { expect, test } from "vitest";
import { type Ip, ipBytes } from "../../../src/base/ip.ts";
import { advertsOf } from "../../../src/os/bpf.ts";

const NETWORK = 0xfff0_0000;

interface Packet {
  /** IPv6: before what the socket sees. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** The instructions that filters here are made of (linux/bpf_common.h). */
function accepts(program: Uint8Array, { header, payload }: Packet): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let loaded = 0;
  for (let at = 0; ; at++) {
    const [code, operand] = [view.getUint16(at * 8, true), view.getUint32(at * 8 + 4, true)];
    const jump = (holds: boolean): number => view.getUint8(at * 8 + (holds ? 2 : 3));
    const [bytes, offset] = operand >= NETWORK ? [header, operand - NETWORK] : [payload, operand];
    if (code === 0x30) loaded = bytes[offset] ?? 0;
    else if (code === 0x20) loaded = new DataView(bytes.buffer).getUint32(offset);
    else if (code === 0x15) at += jump(loaded === operand);
    else if (code === 0x35) at += jump(loaded >= operand);
    else if (code === 0x25) at += jump(loaded > operand);
    else if (code === 0x06) return operand !== 0;
    else throw new Error(`instruction ${code}`);
  }
}

function packet(source: string, hops: number, routerId: number): Packet {
  const header = new Uint8Array(40);
  header[7] = hops;
  header.set(ipBytes(source as Ip), 8);
  return { header, payload: Uint8Array.from([0x31, routerId, 100, 1]) };
}

const senders = [
  { source: "fd00::2" as Ip, min: 60, max: 64 },
  { source: "fd00::3" as Ip, min: 250, max: 255 },
];
const filter = advertsOf(6, [51, 52], { min: 255, max: 255 }, senders);

test("without router ids all of them count", () => {
  const any = advertsOf(6, [], { min: 1, max: 255 }, []);
  expect(accepts(any, packet("fd00::9", 1, 200))).toBe(true);
});

test.each<[string, number, number, boolean]>([
  ["fd00::2", 64, 51, true],
  ["fd00::2", 60, 52, true],
  ["fd00::2", 59, 51, false],
  ["fd00::2", 65, 51, false],
  ["fd00::2", 64, 53, false],
  ["fd00::3", 249, 51, false],
  ["fd00::3", 250, 51, true],
  ["fd00::4", 254, 51, false],
  ["fd00::4", 255, 52, true],
  ["fe80::2", 255, 52, true],
])("IPv6 from %s with %d hops, router %d: %s", (source, hops, routerId, expected) => {
  expect(accepts(filter, packet(source, hops, routerId))).toBe(expected);
});
