import { describe, expect, test } from "vitest";
import { parseConnection } from "../../../../src/wire/ipvs/connection.ts";

describe("lines of /proc/net/ip_vs_conn", () => {
  test("of IPv4", () => {
    const line = "TCP C0A83C0A A3F2 C0A83C64 0050 C0A83C88 0050 ESTABLISHED     897";
    expect(parseConnection(line)).toEqual({
      protocol: "TCP",
      client: "192.168.60.10",
      clientPort: 0xa3f2,
      virtual: "192.168.60.100",
      virtualPort: 80,
      destination: "192.168.60.136",
      destinationPort: 80,
      state: "ESTABLISHED",
      expires: 897,
      engine: undefined,
    });
  });

  test("of IPv6, with a persistence engine", () => {
    const groups = (last: string): string => `FD00:0060:0000:0000:0000:0000:0000:${last}`;
    const addresses = `${groups("0010")} 0000 ${groups("0100")} 13C4 ${groups("0136")} 13C4`;
    expect(parseConnection(`UDP ${addresses} UDP   299 sip abc@x`)).toMatchObject({
      client: "fd00:60::10",
      clientPort: 0,
      virtual: "fd00:60::100",
      destination: "fd00:60::136",
      engine: { name: "sip", data: "abc@x" },
    });
  });

  test.each([
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData",
    "",
    "TCP C0A83C0A A3F2 C0A83C64",
    "TCP C0A83C0 A3F2 C0A83C64 0050 C0A83C88 0050 ESTABLISHED 897",
    "XXX C0A83C0A A3F2 C0A83C64 0050 C0A83C88 0050 ESTABLISHED 897",
    "TCP C0A83C0A A3F2 C0A83C64 0050 C0A83C88 0050 ESTABLISHED soon",
  ])("not: %s", (line) => {
    expect(parseConnection(line)).toBeUndefined();
  });
});
