import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import { formatIp, type Ip } from "../../../../src/base/ip.ts";
import {
  arpAnnouncement,
  arpProbe,
  arpReplyAnnouncement,
  decodeArp,
  encodeArp,
} from "../../../../src/wire/link/arp.ts";
import {
  decodeEthernet,
  formatMac,
  isVirtualMac,
  type Mac,
} from "../../../../src/wire/link/ethernet.ts";

/** Captured from keepalived 2.2.7: gratuitous ARP for 10.9.0.110. */
const KEEPALIVED_GARP =
  "ffffffffffff46fa562d494b08060001" +
  "080006040001" +
  "46fa562d494b0a09006e" +
  "ffffffffffff0a09006e";

const ip = (text: string): Ip => text as Ip;
const mac = (text: string): Mac => text as Mac;
const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(formatMac);
const anyIp = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatIp);

describe("ARP", () => {
  test("an announcement is keepalived's, octet for octet", () => {
    const frame = arpAnnouncement(ip("10.9.0.110"), mac("46:fa:56:2d:49:4b"));
    expect(toHex(frame)).toBe(KEEPALIVED_GARP);
  });

  test("by a virtual MAC it is a reply, which nobody answers", () => {
    const virtual = mac("00:00:5e:00:01:33");
    const frame = arpReplyAnnouncement(ip("10.9.0.110"), virtual);
    const owner = { senderMac: virtual, senderIp: "10.9.0.110" };
    const target = { targetMac: virtual, targetIp: "10.9.0.110" };
    expect(decodeArp(frame)).toEqual({ operation: "reply", ...owner, ...target });
    expect(decodeEthernet(frame).destination).toBe("ff:ff:ff:ff:ff:ff");
    expect([virtual, mac("00:00:5e:00:02:01"), mac("00:00:5e:00:03:01")].map(isVirtualMac)).toEqual(
      [true, true, false],
    );
  });

  test("a probe asks as nobody", () => {
    const frame = arpProbe(ip("10.9.0.110"), mac("46:fa:56:2d:49:4b"));
    expect(decodeArp(frame)).toEqual({
      operation: "request",
      senderMac: "46:fa:56:2d:49:4b",
      senderIp: "0.0.0.0",
      targetMac: "00:00:00:00:00:00",
      targetIp: "10.9.0.110",
    });
    expect(decodeEthernet(frame).destination).toBe("ff:ff:ff:ff:ff:ff");
  });

  test("decode is the inverse of encode", () => {
    const packet = fc.record({
      operation: fc.constantFrom("request" as const, "reply" as const),
      senderMac: anyMac,
      senderIp: anyIp,
      targetMac: anyMac,
      targetIp: anyIp,
    });
    fc.assert(
      fc.property(packet, anyMac, (value, destination) => {
        expect(decodeArp(encodeArp(value, destination))).toEqual(value);
      }),
    );
  });

  test("padding behind the packet is ignored", () => {
    const padded = new Uint8Array(60);
    padded.set(fromHex(KEEPALIVED_GARP));
    expect(decodeArp(padded).senderIp).toBe("10.9.0.110");
  });

  test("anything else is a DecodeError", () => {
    const reason = (hex: string): string => {
      try {
        decodeArp(fromHex(hex));
        return "decoded";
      } catch (error) {
        return error instanceof DecodeError ? error.reason : String(error);
      }
    };
    expect(reason(KEEPALIVED_GARP.replace("0806", "0800"))).toBe("ethertype");
    expect(reason(KEEPALIVED_GARP.slice(0, -2))).toBe("truncated");
    expect(reason(KEEPALIVED_GARP.replace("06040001", "06040003"))).toBe("arp-operation");
    expect(reason(KEEPALIVED_GARP.replace("0604", "0804"))).toBe("arp-format");
    expect(reason(KEEPALIVED_GARP.replace("08060001", "08060006"))).toBe("arp-format");
  });

  test("random octets never throw anything but DecodeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeArp(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});
