import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import { formatIp, type Ip } from "../../../../src/base/ip.ts";
import type { Mac } from "../../../../src/wire/link/ethernet.ts";
import { macBytes } from "../../../../src/wire/link/ethernet.ts";
import { AttributeWriter, readAttributes } from "../../../../src/wire/netlink/attributes.ts";
import {
  decodeAddress,
  encodeAddAddress,
  encodeGetAddresses,
  encodeRemoveAddress,
} from "../../../../src/wire/rtnl/address.ts";
import {
  decodeLink,
  encodeGetLinks,
  encodeNewMacvlan,
  encodeRemoveLink,
  encodeSwitchLink,
} from "../../../../src/wire/rtnl/link.ts";
import { decodeNeighbourEntry } from "../../../../src/wire/rtnl/neighbour.ts";

/** Read from Linux 6.18. */
const KERNEL = {
  alias:
    "0218800003000000080001000a010203080002000a0102030b000300657468303a370000" +
    "080008008000000014000600ffffffffffffffff1e8503001e850300",
  deprecated:
    "0a80a2000300000014000100fd000000000000000000000000000001" +
    "1400060000000000ffffffff1e8503001e85030008000800a2000000",
  linkLocal:
    "0a40c0fd0300000014000100fe80000000000000000000fffe000001" +
    "14000600ffffffffffffffff1d8503001d85030008000800c000000005000b0003000000",
  neighbour:
    "020000000300000080000001080001000a0102090a000200020000000009000008000400000000001400" +
    "03002d0000002d0000002d00000000000000",
} as const;

const ip = (text: string): Ip => text as Ip;

describe("addresses", () => {
  test("as the kernel writes them", () => {
    expect(decodeAddress(fromHex(KERNEL.alias))).toEqual({
      index: 3,
      address: "10.1.2.3",
      prefix: 24,
      label: "eth0:7",
      scope: "global",
      secondary: false,
      tentative: false,
      dadFailed: false,
      deprecated: false,
      validSeconds: undefined,
      proto: 0,
    });
    expect(decodeAddress(fromHex(KERNEL.deprecated))).toMatchObject({
      address: "fd00::1",
      prefix: 128,
      label: undefined,
      deprecated: true,
      validSeconds: undefined,
    });
    expect(decodeAddress(fromHex(KERNEL.linkLocal))).toMatchObject({
      address: "fe80::ff:fe00:1",
      scope: "link",
      tentative: true,
      proto: 3,
    });
  });

  test("decode as they were encoded", () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    const address = fc.record({
      index: fc.nat({ max: 0x7fff_ffff }),
      address: octets.map(formatIp),
      prefix: fc.nat({ max: 32 }),
      validSeconds: fc.integer({ min: 1, max: 0xffff_fffe }),
      proto: fc.nat({ max: 255 }),
    });
    fc.assert(
      fc.property(address, (value) => {
        expect(decodeAddress(encodeAddAddress(value))).toMatchObject(value);
        const { index, prefix } = value;
        const removal = decodeAddress(encodeRemoveAddress(value));
        expect(removal).toMatchObject({ index, prefix, address: value.address });
      }),
    );
  });

  test("of IPv6 are added without duplicate detection and a host route", () => {
    const flagsOf = (address: string, prefix: number): number => {
      const bytes = encodeAddAddress({ index: 1, address: ip(address), prefix });
      return readAttributes(bytes.subarray(8)).u32(8, 0);
    };
    expect(flagsOf("fd00::1", 128)).toBe(0x202);
    expect(flagsOf("fd00::1", 64)).toBe(0x002);
    expect(flagsOf("10.0.0.1", 32)).toBe(0);
  });

  test("of other families are none, and a whole list is asked for", () => {
    const other = fromHex(KERNEL.alias);
    other[0] = 28;
    expect(decodeAddress(other)).toBeUndefined();
    expect(encodeGetAddresses()).toEqual(new Uint8Array(8));
    expect(encodeGetLinks()).toEqual(new Uint8Array(16));
  });
});

describe("links", () => {
  const link = (flags: number, family = 0): Uint8Array => {
    const header = new Uint8Array(16);
    const view = new DataView(header.buffer);
    view.setUint8(0, family);
    view.setInt32(4, 7, true);
    view.setUint32(8, flags, true);
    return new AttributeWriter(header)
      .string(3, "bond0.7")
      .u32(4, 9000)
      .u32(10, 5)
      .bytes(1, macBytes("02:00:00:00:00:01" as Mac))
      .nested(18, (info) => info.string(1, "vlan"))
      .finish();
  };

  test("carry name, state and kind", () => {
    expect(decodeLink(link(0x1_1043))).toEqual({
      index: 7,
      name: "bond0.7",
      up: true,
      running: true,
      loopback: false,
      multicast: true,
      mac: "02:00:00:00:00:01",
      mtu: 9000,
      kind: "vlan",
      master: 5,
    });
  });

  test.each([
    ["off", 0x1_0040, false, false],
    ["without a carrier", 0x41, true, false],
    ["with a carrier but dormant", 0x1_0001, true, false],
    ["in service", 0x1_0041, true, true],
  ])("%s", (_, flags, up, running) => {
    expect(decodeLink(link(flags))).toMatchObject({ up, running });
  });

  test("as a bridge sees its ports are none of ours", () => {
    expect(decodeLink(link(0x1_0041, 7))).toBeUndefined();
  });
});

test("neighbours as the kernel writes them", () => {
  expect(decodeNeighbourEntry(fromHex(KERNEL.neighbour))).toEqual({
    index: 3,
    address: "10.1.2.9",
    mac: "02:00:00:00:00:09",
    state: "permanent",
  });
});

test("random octets never throw anything but DecodeError", () => {
  const decoders = [decodeAddress, decodeLink, decodeNeighbourEntry];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 2 }), (bytes, which) => {
      try {
        decoders[which]?.(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
  );
});

describe("the link of a virtual MAC", () => {
  const mac = "00:00:5e:00:01:33" as Mac;

  test("as iproute2 asks for it: ip link add … type macvlan mode private", () => {
    const asked =
      "00000000000000000000000000000000" +
      "0a00010000005e0001330000" +
      "0800050002000000" +
      "0c000300767272702e353100" +
      "1c0012000b0001006d6163766c616e000c0002000800010001000000";
    const ours = encodeNewMacvlan({ name: "vrrp.51", lower: 2, mac });
    expect(toHex(ours)).toBe(asked);
    expect(decodeLink(fromHex(asked))).toMatchObject({
      name: "vrrp.51",
      kind: "macvlan",
      lower: 2,
      mac,
      up: false,
    });
  });

  test("is switched and removed by its index, as iproute2 does it", () => {
    expect(toHex(encodeSwitchLink(3, true))).toBe("00000000030000000100000001000000");
    expect(toHex(encodeSwitchLink(3, false))).toBe("00000000030000000000000001000000");
    expect(toHex(encodeRemoveLink(3))).toBe("00000000030000000000000000000000");
  });
});
