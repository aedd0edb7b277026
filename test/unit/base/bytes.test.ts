import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, DecodeError, fromHex, toHex } from "../../../src/base/bytes.ts";

describe("ByteWriter and ByteReader", () => {
  it("agree, however often the buffer grows", () => {
    const value = fc.oneof(
      fc.record({ kind: fc.constant("u8" as const), value: fc.nat({ max: 0xff }) }),
      fc.record({ kind: fc.constant("u16" as const), value: fc.nat({ max: 0xffff }) }),
      fc.record({
        kind: fc.constant("u32" as const),
        value: fc.integer({ min: 0, max: 0xffffffff }),
      }),
      fc.record({ kind: fc.constant("u64" as const), value: fc.maxSafeNat() }),
      fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 300 }) }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300, size: "max" }), (all) => {
        const writer = new ByteWriter();
        for (const each of all) {
          if (each.kind === "bytes") writer.bytes(each.value);
          else writer[each.kind](each.value);
        }
        const reader = new ByteReader(writer.zeros(3).finish());
        for (const each of all) {
          if (each.kind === "bytes") {
            expect(Uint8Array.from(reader.take(each.value.length))).toEqual(each.value);
          } else expect(reader[each.kind]()).toBe(each.value);
        }
        expect(reader.remaining).toBe(3);
      }),
    );
  });

  it("refuse to read beyond the end", () => {
    const reader = new ByteReader(fromHex("0102"));
    expect(reader.u8()).toBe(1);
    expect(() => reader.u16()).toThrow(DecodeError);
    expect(reader.offset).toBe(1);
  });

  it("refuse a number that is not exact", () => {
    const reader = new ByteReader(fromHex("0020000000000000"));
    expect(() => reader.u64()).toThrow("counter");
  });

  it("agree on hexadecimal digits, of both cases", () => {
    const every = Uint8Array.from({ length: 256 }, (_, value) => value);
    const text = Buffer.from(every).toString("hex");
    expect(toHex(every)).toBe(text);
    expect(fromHex(text.toUpperCase())).toEqual(every);
  });

  it("patch what is known later", () => {
    expect(toHex(new ByteWriter().u16(0).u8(7).patchU16(0, 0x1234).finish())).toBe("123407");
  });
});
