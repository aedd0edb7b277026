import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import {
  decodeMessage,
  encodeMessages,
  SYNC_FLAG,
  type SyncRecord,
} from "../../../../src/wire/sync/message.ts";
import * as some from "../../../support/ipvs.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });

const record: fc.Arbitrary<SyncRecord> = fc.constantFrom(4 as const, 6 as const).chain((family) =>
  fc.record({
    protocol: fc.constantFrom(0, 6, 17, 132),
    flags: u32,
    state: u16,
    client: some.address(family),
    clientPort: u16,
    virtual: some.address(family),
    virtualPort: u16,
    destination: some.address(family),
    destinationPort: u16,
    mark: u32,
    timeout: u32,
    engine: fc.option(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,15}$/),
        data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      }),
      { nil: undefined },
    ),
  }),
);

const MAX = 1472;

describe("messages", () => {
  test("as drawn", () => {
    const one: SyncRecord = {
      protocol: 6,
      flags: 3 | SYNC_FLAG.inactive,
      state: 4,
      client: some.ip("192.168.60.10"),
      clientPort: 0xa3f2,
      virtual: some.ip("192.168.60.100"),
      virtualPort: 80,
      destination: some.ip("192.168.60.136"),
      destinationPort: 80,
      mark: 0,
      timeout: 118,
      engine: undefined,
    };
    const [bytes] = encodeMessages(51, [one], MAX);
    const header = "0033002c 01010000";
    const fixed = "00060024 00000103 0004a3f2 00500050 00000000 00000076";
    const addresses = "c0a83c0a c0a83c64 c0a83c88";
    expect(bytes && toHex(bytes)).toBe(`${header}${fixed}${addresses}`.replaceAll(" ", ""));
  });

  // Captured from Linux 6.1: one that closes, two that are established, and a template of 300 s.
  test("as the kernel sent them", () => {
    const hex =
      "0033009804010000" +
      "00060024000001030003b65e00510051000000000000003ac0a83c0ac0a83c64c0a83c89" +
      "00060024000000030001c066005000500000000000000381c0a83c0ac0a83c64c0a83c89" +
      "0006002400001003000000000051005100000000" +
      "0000012cc0a83c0ac0a83c64c0a83c89" +
      "00060024000000030001c0a2005000500000000000000381c0a83c0ac0a83c64c0a83c88";
    const { syncId, records } = decodeMessage(fromHex(hex));
    expect(syncId).toBe(51);
    const all = { protocol: 6, client: "192.168.60.10", virtual: "192.168.60.100", mark: 0 };
    const web = { ...all, flags: 3, state: 1, virtualPort: 80, destinationPort: 80, timeout: 897 };
    const other = { ...all, virtualPort: 81, destinationPort: 81, destination: "192.168.60.137" };
    const { inactive, template } = SYNC_FLAG;
    expect(records).toMatchObject([
      { ...other, flags: 3 | inactive, state: 3, clientPort: 46686, timeout: 58 },
      { ...web, clientPort: 49254, destination: "192.168.60.137" },
      { ...other, flags: 3 | template, state: 0, clientPort: 0, timeout: 300 },
      { ...web, clientPort: 49314, destination: "192.168.60.136" },
    ]);
    const [again] = encodeMessages(syncId, records, MAX);
    expect(again && toHex(again)).toBe(hex);
  });

  test("encode and decode are inverse, and no message is longer than it may be", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (records) => {
        const messages = encodeMessages(7, records, MAX);
        const read = messages.map(decodeMessage);
        expect(read.flatMap((message) => message.records)).toEqual(records);
        expect(read.every(({ syncId }) => syncId === 7)).toBe(true);
        expect(Math.max(0, ...messages.map(({ length }) => length))).toBeLessThanOrEqual(MAX);
      }),
      // Sixty records with all their fields are slow to make up.
      { numRuns: 30 },
    );
  });

  test("a message holds at most 255 records, whatever it may be long", () => {
    const [one] = fc.sample(record, 1);
    const messages = encodeMessages(
      1,
      Array.from({ length: 300 }, () => one as SyncRecord),
      65_000,
    );
    expect(messages.map((bytes) => decodeMessage(bytes).records.length)).toEqual([255, 45]);
  });
});

describe("refusals", () => {
  const good = (): Uint8Array => {
    const [one] = fc.sample(record, 1);
    return encodeMessages(1, [one as SyncRecord], MAX)[0] ?? new Uint8Array();
  };
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(good());
    bytes[at] = value;
    return bytes;
  };

  test.each([
    ["version 0", changed(0, 2)],
    ["another version", changed(5, 2)],
    ["another length", changed(3, 1)],
    ["an unknown kind of record", changed(8, 2)],
    ["a record of another version", changed(10, 0x10)],
    ["a record beyond the end", changed(4, 2)],
  ])("%s", (_, bytes) => {
    expect(() => decodeMessage(bytes)).toThrow(DecodeError);
  });

  test("whatever arrives, only a DecodeError is thrown", () => {
    const survives = (bytes: Uint8Array): void => {
      try {
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives));
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), flips, (records, changes) => {
        const bytes = Uint8Array.from(encodeMessages(1, records, MAX)[0] ?? []);
        for (const [where, value] of changes) bytes[where % bytes.length] = value;
        survives(bytes);
        // The length is checked first: with the right one the rest is read.
        bytes.set([0, bytes[1] ?? 0, bytes.length >> 8, bytes.length & 0xff, bytes[4] ?? 0, 1]);
        survives(bytes);
      }),
    );
  });
});
