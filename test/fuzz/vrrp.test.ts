import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex } from "../../src/base/bytes.ts";
import type { Ip } from "../../src/base/ip.ts";
import { decode } from "../../src/wire/vrrp/advert.ts";
import { decodeIpv4 } from "../../src/wire/vrrp/ipv4.ts";
import { CAPTURED } from "../vector/vrrp.ts";

const RUNS = { numRuns: 3000 };
const WAYS = [
  { source: "10.9.0.1" as Ip, destination: "224.0.0.18" as Ip },
  { source: "fe80::1" as Ip, destination: "ff02::12" as Ip },
];
const PACKETS = Object.values(CAPTURED).flat().map(fromHex);

/** Decodes, or refuses in the one way that callers expect. */
function survives(bytes: Uint8Array): void {
  const reads = [
    () => decodeIpv4(bytes),
    ...WAYS.flatMap((way) => [() => decode(bytes, way, "rfc"), () => decode(bytes, way, "asV2")]),
  ];
  for (const read of reads) {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
    }
  }
}

describe("whatever arrives on protocol 112, only a DecodeError is thrown", () => {
  test("random octets", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), survives), RUNS);
  });

  test("recorded packets with flipped bits, cut, or continued", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { maxLength: 8 });
    const rest = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...PACKETS), flips, fc.nat(), rest, (packet, all, end, more) => {
        const bytes = Uint8Array.from(packet);
        for (const [where, bit] of all) {
          const at = where % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        }
        for (const from of [0, 20, 40]) {
          const inner = bytes.subarray(Math.min(from, bytes.length));
          survives(inner);
          survives(inner.subarray(0, end % (inner.length + 1)));
          survives(Uint8Array.from([...inner, ...more]));
        }
      }),
      RUNS,
    );
  });
});
