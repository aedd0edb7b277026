import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import {
  type Attributes,
  AttributeWriter,
  readAttributes,
} from "../../../../src/wire/netlink/attributes.ts";
import { decodeMessages } from "../../../../src/wire/netlink/message.ts";

/** One value in each form that the writer knows, with the way to read it back. */
type Sample =
  | { readonly kind: "u8" | "u16" | "u32" | "u16Be" | "u32Be"; readonly value: number }
  | { readonly kind: "u64"; readonly value: bigint }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "nested"; readonly value: readonly Sample[] };

const number = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.record({ kind: fc.constant("u8" as const), value: number(8) }),
  fc.record({ kind: fc.constantFrom("u16" as const, "u16Be" as const), value: number(16) }),
  fc.record({ kind: fc.constantFrom("u32" as const, "u32Be" as const), value: number(32) }),
  fc.record({ kind: fc.constant("u64" as const), value: fc.bigInt(0n, 2n ** 64n - 1n) }),
  fc.record({
    kind: fc.constant("string" as const),
    value: fc.string().map((text) => text.replaceAll("\0", "")),
  }),
  fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 600 }) }),
);
const nest = fc.record({ kind: fc.constant("nested" as const), value: fc.array(leaf) });
const samples = fc.array(fc.oneof(leaf, nest));

function write(writer: AttributeWriter, all: readonly Sample[]): AttributeWriter {
  for (const [i, sample] of all.entries()) {
    switch (sample.kind) {
      case "nested":
        writer.nested(i + 1, (inner) => write(inner, sample.value));
        break;
      case "u64":
        writer.u64(i + 1, sample.value);
        break;
      case "string":
        writer.string(i + 1, sample.value);
        break;
      case "bytes":
        writer.bytes(i + 1, sample.value);
        break;
      default:
        writer[sample.kind](i + 1, sample.value);
    }
  }
  return writer;
}

function check(attributes: Attributes, all: readonly Sample[]): void {
  expect(attributes.has(all.length + 1)).toBe(false);
  for (const [i, sample] of all.entries()) {
    if (sample.kind === "nested") check(attributes.nested(i + 1), sample.value);
    else if (sample.kind === "bytes") {
      expect(Uint8Array.from(attributes.bytes(i + 1))).toEqual(sample.value);
    } else expect(attributes[sample.kind](i + 1)).toBe(sample.value);
  }
}

describe("attributes", () => {
  it("survive the round trip in every form", () => {
    fc.assert(
      fc.property(samples, (all) => {
        check(readAttributes(write(new AttributeWriter(), all).finish()), all);
      }),
    );
  });

  it("of several writers at once do not mix, nor do those written after them", () => {
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 4 }), (messages) => {
        const writers = messages.map((all) => ({ all, writer: new AttributeWriter() }));
        for (const { all, writer } of writers) write(writer, all);
        const written = writers.map(({ all, writer }) => ({ all, bytes: writer.finish() }));
        new AttributeWriter(Uint8Array.of(1, 2, 3)).bytes(1, new Uint8Array(99).fill(255)).finish();
        for (const { all, bytes } of written) check(readAttributes(bytes), all);
      }),
    );
  });

  it("of several messages stand in one buffer, which is used again", () => {
    const writer = new AttributeWriter();
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 4 }), (all) => {
        writer.clear();
        for (const [sequence, one] of all.entries()) {
          writer.message({ type: 28, flags: 1, sequence }, (message) => write(message, one));
        }
        const messages = decodeMessages(writer.finish());
        expect(messages.map(({ sequence }) => sequence)).toEqual([...all.keys()]);
        for (const [i, { payload }] of messages.entries()) {
          check(readAttributes(payload), all[i] ?? []);
        }
      }),
    );
  });

  it("are laid out as the kernel reads them", () => {
    const bytes = new AttributeWriter(Uint8Array.of(1, 1, 0, 0))
      .nested(1, (service) => service.u16(1, 2).u16Be(4, 80).string(6, "wlc"))
      .finish();
    expect(toHex(bytes)).toBe(
      "01010000" + "1c000180" + "0600010002000000" + "0600040000500000" + "08000600776c6300",
    );
  });

  it("count last where a type is repeated", () => {
    const bytes = new AttributeWriter().u8(3, 1).u8(3, 2).finish();
    expect(readAttributes(bytes).u8(3)).toBe(2);
  });

  it("are found in the middle of a larger buffer", () => {
    const bytes = new AttributeWriter()
      .u8(3, 1)
      .nested(4, (inner) => inner.u16(5, 6))
      .finish();
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 7);
    const attributes = readAttributes(larger.subarray(7, 7 + bytes.length));
    expect(attributes.find(3)).toEqual(Uint8Array.of(1));
    expect(attributes.find(9)).toBeUndefined();
    expect(attributes.nested(4).u16(5)).toBe(6);
  });

  it("fall back only where there is a fallback, and name what is missing", () => {
    const attributes = readAttributes(new AttributeWriter().u16(1, 9).finish());
    expect(attributes.u32(2, 5)).toBe(5);
    expect(attributes.u64(2, 6n)).toBe(6n);
    expect(attributes.has(2)).toBe(false);
    expect(() => attributes.u32(2)).toThrow("attribute-missing");
    expect(() => attributes.u32(1, 5)).toThrow("attribute-size");
  });

  it("read a string without its NUL, and one that has none", () => {
    const bytes = (hex: string) => readAttributes(fromHex(hex)).string(1);
    expect(bytes("08000100776c6300")).toBe("wlc");
    expect(bytes("07000100776c6300")).toBe("wlc");
    expect(bytes("0500010000000000")).toBe("");
  });

  it("fail with nothing but a DecodeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const attributes = readAttributes(bytes);
          for (let type = 0; type < 0x4000; type++) {
            if (!attributes.has(type)) continue;
            attributes.string(type);
            attributes.nested(type);
            attributes.u64(type);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("mask the flag bits of a type", () => {
    expect(readAttributes(fromHex("0800018002000000")).u32(1)).toBe(2);
    expect(readAttributes(fromHex("080001c002000000")).u32(1)).toBe(2);
  });
});
