/** VRRP to the octet: what keepalived was recorded to send, and what comes back as it went. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import { formatIp, type Ip } from "../../../../src/base/ip.ts";
import { ms, seconds } from "../../../../src/base/units.ts";
import { decode, encode } from "../../../../src/wire/vrrp/advert.ts";
import { decodeIpv4 } from "../../../../src/wire/vrrp/ipv4.ts";
import type { Advert, Way } from "../../../../src/wire/vrrp/types.ts";
import { CAPTURED } from "../../../vector/vrrp.ts";

const ip = (text: string): Ip => text as Ip;
const GROUP: Way = { source: ip("10.9.0.1"), destination: ip("224.0.0.18") };
const PEER: Way = { source: ip("10.9.0.1"), destination: ip("10.9.0.2") };
const GROUP6: Way = { source: ip("fe80::44fa:56ff:fe2d:494b"), destination: ip("ff02::12") };
const NONE = { kind: "none" } as const;

const VECTORS: readonly (readonly [string, Way, Advert, string])[] = [
  [
    "version 2 with a password",
    GROUP,
    {
      version: 2,
      routerId: 51,
      priority: 150,
      interval: seconds(1),
      addresses: [ip("10.9.0.100"), ip("10.9.0.101")],
      authentication: { kind: "password", password: "secret99" },
    },
    "213396020101bd680a0900640a0900657365637265743939",
  ],
  [
    "version 3 to the group",
    GROUP,
    {
      version: 3,
      routerId: 10,
      priority: 200,
      interval: ms(250),
      addresses: [ip("10.9.0.110")],
      authentication: NONE,
    },
    "310ac801001911cb0a09006e",
  ],
  [
    "version 3 to a peer",
    PEER,
    {
      version: 3,
      routerId: 77,
      priority: 180,
      interval: ms(500),
      addresses: [ip("10.9.0.177")],
      authentication: NONE,
    },
    "314db4010032fb330a0900b1",
  ],
  [
    "version 3 over IPv6",
    GROUP6,
    {
      version: 3,
      routerId: 11,
      priority: 200,
      interval: ms(260),
      addresses: [ip("fe80::9:1"), ip("2001:db8:9::1")],
      authentication: NONE,
    },
    "310bc802001af8e8fe80000000000000000000000009000120010db8000900000000000000000001",
  ],
];

test.each(VECTORS)("%s", (_, way, advert, hex) => {
  expect(toHex(encode(advert, way, "rfc"))).toBe(hex);
  expect(decode(fromHex(hex), way, "rfc")).toEqual(advert);
});

describe("what keepalived was recorded to send", () => {
  const packets = Object.entries(CAPTURED).flatMap(([name, all]) =>
    all.map((hex, i) => [`${name} ${i}`, hex] as const),
  );

  test.each(packets)("%s is read, and written the same", (_, hex) => {
    const { payload, way } = opened(fromHex(hex));
    const advert = decode(payload, way, "rfc");
    expect(toHex(encode(advert, way, "rfc"))).toBe(toHex(payload));
  });
});

function opened(packet: Uint8Array): { readonly payload: Uint8Array; readonly way: Way } {
  if ((packet[0] ?? 0) >> 4 === 4) {
    const { payload, source, destination, ttl, protocol } = decodeIpv4(packet);
    expect([ttl, protocol]).toEqual([255, 112]);
    return { payload, way: { source, destination } };
  }
  const way = {
    source: formatIp(packet.subarray(8, 24)),
    destination: formatIp(packet.subarray(24, 40)),
  };
  return { payload: packet.subarray(40), way };
}

describe("checksums", () => {
  const [, , advert, hex] = VECTORS[1] ?? [];
  if (!advert || hex === undefined) throw new Error("no vector");

  test("the old unicast form, over the group, is taken", () => {
    expect(decode(fromHex(hex), { ...PEER }, "rfc")).toEqual(advert);
  });

  test("like version 2's it is sent where that is asked for, and nothing is verified then", () => {
    const bytes = encode(advert, PEER, "asV2");
    expect(() => decode(bytes, PEER, "rfc")).toThrow("checksum");
    expect(decode(bytes, PEER, "asV2")).toEqual(advert);
    expect(decode(fromHex(hex), PEER, "asV2")).toEqual(advert);
  });

  test("any other flipped bit is found", () => {
    for (let bit = 0; bit < (hex.length / 2) * 8; bit++) {
      const bytes = fromHex(hex);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decode(bytes, GROUP, "rfc")).toThrow(DecodeError);
    }
  });
});

test.each([
  ["", "truncated"],
  ["310ac801001911", "truncated"],
  ["310ac801001911cb0a0900", "length"],
  ["310ac801001911cb0a09006e00", "length"],
  ["110ac801001911cb0a09006e", "version"],
  ["320ac801001911cb0a09006e", "type"],
  ["310ac801001911cc0a09006e", "checksum"],
  ["310ac801000011e40a09006e", "interval"],
])("%s is refused: %s", (hex, reason) => {
  expect(() => decode(fromHex(hex), GROUP, "rfc")).toThrow(
    expect.objectContaining({ name: "DecodeError", reason }),
  );
});

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const adverts = fc
  .record({ version: fc.constantFrom(2 as const, 3 as const), family: fc.constantFrom(4, 6) })
  .chain(({ version, family }) => {
    const address = octets(family === 4 ? 4 : 16).map((bytes) => formatIp(bytes));
    const letters = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom("a", "Z", "0", "9", "!"),
    });
    const password = letters.map((text) => ({ kind: "password" as const, password: text }));
    const signed = version === 2 && family === 4;
    const advert = fc.record({
      version: fc.constant(version),
      routerId: fc.nat(255),
      priority: fc.nat(255),
      interval: fc
        .integer({ min: 1, max: version === 2 ? 255 : 4095 })
        .map((count) => ms(count * (version === 2 ? 1000 : 10))),
      addresses: fc.array(address, { maxLength: 20 }),
      authentication: signed ? fc.oneof(fc.constant(NONE), password) : fc.constant(NONE),
    });
    const way = fc.record({ source: address, destination: address });
    return fc.tuple(advert, way, fc.constantFrom("rfc" as const, "asV2" as const));
  });

test("whatever is said comes back as it was", () => {
  fc.assert(
    fc.property(adverts, ([advert, way, form]) => {
      expect(decode(encode(advert, way, form), way, form)).toEqual(advert);
    }),
    { numRuns: 1000 },
  );
});
