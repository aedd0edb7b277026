import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import { formatIp, type Ip, isMulticast } from "../../../../src/base/ip.ts";
import { internetChecksum } from "../../../../src/wire/link/checksum.ts";
import { decodeEthernet, formatMac, type Mac } from "../../../../src/wire/link/ethernet.ts";
import {
  decodeNeighbour,
  encodeNeighbour,
  neighbourAnnouncement,
  neighbourQuestion,
  solicitedNode,
} from "../../../../src/wire/link/ndp.ts";

/** Captured from keepalived 2.2.7: unsolicited advertisements for two VIPs. */
const KEEPALIVED_NA = {
  "fe80::9:1":
    "33330000000146fa562d494b86dd" +
    "6000000000203afffe800000000000000000000000090001ff020000000000000000000000000001" +
    "8800731720000000fe800000000000000000000000090001" +
    "020146fa562d494b",
  "2001:db8:9::1":
    "33330000000146fa562d494b86dd" +
    "6000000000203aff20010db8000900000000000000000001ff020000000000000000000000000001" +
    "880014a72000000020010db8000900000000000000000001" +
    "020146fa562d494b",
} as const;

const ip = (text: string): Ip => text as Ip;
const MAC = "46:fa:56:2d:49:4b" as Mac;
const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(formatMac);
const anyIp = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatIp);
const reason = (bytes: Uint8Array): string => {
  try {
    decodeNeighbour(bytes);
    return "decoded";
  } catch (error) {
    return error instanceof DecodeError ? error.reason : String(error);
  }
};

describe("neighbour discovery", () => {
  test.each(Object.entries(KEEPALIVED_NA))("an announcement of %s is keepalived's", (vip, hex) => {
    expect(toHex(neighbourAnnouncement(ip(vip), MAC))).toBe(hex);
  });

  test("an announcement decodes with the override flag and its hardware address", () => {
    expect(decodeNeighbour(fromHex(KEEPALIVED_NA["fe80::9:1"]))).toEqual({
      kind: "advertisement",
      source: "fe80::9:1",
      destination: "ff02::1",
      target: "fe80::9:1",
      router: false,
      solicited: false,
      override: true,
      mac: MAC,
    });
  });

  test("a question goes to the solicited-node group, from nobody without its address", () => {
    const asked = neighbourQuestion(ip("2001:db8::12:3456"), ip("fe80::1"), MAC);
    expect(decodeEthernet(asked).destination).toBe("33:33:ff:12:34:56");
    expect(decodeNeighbour(asked)).toMatchObject({ destination: "ff02::1:ff12:3456", mac: MAC });
    const silent = neighbourQuestion(ip("2001:db8::12:3456"), ip("::"), MAC);
    expect(decodeNeighbour(silent).mac).toBeUndefined();
    expect(solicitedNode(ip("fd00::1"))).toBe("ff02::1:ff00:1");
  });

  test("decode is the inverse of encode", () => {
    const message = fc.record({
      kind: fc.constantFrom("solicitation" as const, "advertisement" as const),
      source: anyIp,
      destination: anyIp,
      target: anyIp.filter((address) => !isMulticast(address)),
      router: fc.boolean(),
      solicited: fc.boolean(),
      override: fc.boolean(),
      mac: fc.option(anyMac, { nil: undefined }),
    });
    fc.assert(
      fc.property(message, anyMac, anyMac, (value, from, to) => {
        expect(decodeNeighbour(encodeNeighbour(value, from, to))).toEqual(value);
      }),
    );
  });

  test("refuses what RFC 4861 §7.1 refuses", () => {
    const good = fromHex(KEEPALIVED_NA["fe80::9:1"]);
    const changed = (offset: number, value: number): Uint8Array =>
      Uint8Array.from(good, (byte, i) => (i === offset ? value : byte));
    expect(reason(changed(21, 254))).toBe("hop-limit");
    expect(reason(changed(20, 17))).toBe("not-icmpv6");
    expect(reason(changed(85, 0))).toBe("checksum");
    expect(reason(good.subarray(0, 80))).toBe("truncated");
    expect(reason(changed(12, 8))).toBe("ethertype");
  });

  test("random octets never throw anything but DecodeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (tail) => {
        const bytes = Uint8Array.of(...new Array<number>(12).fill(2), 0x86, 0xdd, ...tail);
        expect(reason(bytes)).not.toMatch(/Error/);
      }),
    );
  });
});

test("the Internet checksum of RFC 1071 §3, and of an odd length", () => {
  expect(internetChecksum(fromHex("0001f203f4f5f6f7"))).toBe(0x220d);
  expect(internetChecksum(fromHex("ff"))).toBe(0x00ff);
  expect(internetChecksum(new Uint8Array(70_000).fill(0xff))).toBe(0);
});
