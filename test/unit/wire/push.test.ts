/** Frames of the push channel: octets as drawn, whatever arrives is decoded or refused. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DecodeError } from "../../../src/base/bytes.ts";
import {
  decodeGreeting,
  decodeMessage,
  encodeGreeting,
  encodeMessage,
  type Message,
  messageLength,
  signedPart,
} from "../../../src/wire/push/frame.ts";

const filled = (octet: number, length = 32): Uint8Array => new Uint8Array(length).fill(octet);
const MESSAGE: Message = {
  keyId: 258,
  nonce: filled(0xaa),
  text: new TextEncoder().encode("{}"),
  signature: filled(0xbb),
};

test("octets", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  expect(hex(encodeGreeting(filled(0xcc)))).toBe(`42505348${"01"}${"cc".repeat(32)}`);
  const around = `0102${"aa".repeat(32)}7b7d${"bb".repeat(32)}`;
  expect(hex(encodeMessage(MESSAGE))).toBe(`00000044${around}`);
  const part = signedPart("reply", filled(0xcc), MESSAGE);
  expect(hex(part)).toBe(`7265706c79${"cc".repeat(32)}${"aa".repeat(32)}7b7d`);
});

test("there and back", () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.uint8Array({ maxLength: 300 }), (keyId, text) => {
      const bytes = encodeMessage({ ...MESSAGE, keyId, text });
      expect(messageLength(bytes)).toBe(bytes.length);
      expect(decodeMessage(bytes)).toEqual({ ...MESSAGE, keyId, text });
    }),
  );
  expect(decodeGreeting(encodeGreeting(filled(1)))).toEqual(filled(1));
});

test("whatever arrives, only a DecodeError is thrown", () => {
  const decoders = [decodeGreeting, decodeMessage, messageLength];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(2), (bytes, which) => {
      try {
        decoders[which]?.(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
  );
});

test.each([
  ["shorter than what is around a text", [0, 0, 0, 65]],
  ["longer than any configuration", [0xff, 0, 0, 0]],
])("a length that is %s", (_, octets) => {
  expect(() => messageLength(Uint8Array.from(octets))).toThrow(DecodeError);
});
