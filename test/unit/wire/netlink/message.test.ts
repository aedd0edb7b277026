import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import {
  align4,
  decodeMessages,
  decodeOutcome,
  encodeMessage,
  encodeMessages,
  NLM_F_ACK,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from "../../../../src/wire/netlink/message.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const message = fc.record({
  type: u16,
  flags: u16,
  sequence: u32,
  payload: fc.uint8Array({ maxLength: 40 }),
});

describe("netlink messages", () => {
  it("are written as the kernel reads them", () => {
    const bytes = encodeMessage({
      type: 28,
      flags: NLM_F_REQUEST | NLM_F_ACK,
      sequence: 0x01020304,
      payload: fromHex("0f0100"),
    });
    expect(toHex(bytes)).toBe(`13000000${"1c00"}0500${"04030201"}00000000${"0f010000"}`);
  });

  it("survive the round trip, several in a datagram", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
        const datagram = encodeMessages(messages);
        expect(toHex(datagram)).toBe(messages.map(encodeMessage).map(toHex).join(""));
        const expected = messages.map((each) => ({ ...each, port: 0 }));
        const decoded = decodeMessages(datagram).map((each) => ({
          ...each,
          payload: Uint8Array.from(each.payload),
        }));
        expect(decoded).toEqual(expected);
      }),
    );
  });

  it("fail with nothing but a DecodeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          for (const each of decodeMessages(bytes)) decodeOutcome(each);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("refuse a length beyond the datagram, and one below the header", () => {
    const bytes = encodeMessage({ type: 1, flags: 0, sequence: 1, payload: new Uint8Array(4) });
    expect(() => decodeMessages(bytes.subarray(0, 18))).toThrow(DecodeError);
    bytes[0] = 15;
    expect(() => decodeMessages(bytes)).toThrow("message-length");
  });

  it("take what is shorter than a header for padding", () => {
    expect(decodeMessages(new Uint8Array(15))).toEqual([]);
    expect([1, 2, 3, 4, 5].map(align4)).toEqual([4, 4, 4, 4, 8]);
  });
});

describe("outcomes", () => {
  const reply = (type: number, payload: string) => ({
    type,
    flags: 0,
    sequence: 7,
    port: 1,
    payload: fromHex(payload),
  });

  it("of an error carry the positive number and the request's sequence", () => {
    expect(decodeOutcome(reply(NLMSG_ERROR, "efffffff"))).toEqual({ errno: 17, sequence: 7 });
    expect(decodeOutcome(reply(NLMSG_ERROR, "00000000"))).toEqual({ errno: 0, sequence: 7 });
  });

  it("of a dump may be empty, positive or an error", () => {
    expect(decodeOutcome(reply(NLMSG_DONE, ""))).toEqual({ errno: 0, sequence: 7 });
    expect(decodeOutcome(reply(NLMSG_DONE, "05000000")).errno).toBe(0);
    expect(decodeOutcome(reply(NLMSG_DONE, "feffffff")).errno).toBe(2);
  });

  it("are not read from other messages, nor from a truncated error", () => {
    expect(() => decodeOutcome(reply(28, "00000000"))).toThrow("not-an-outcome");
    expect(() => decodeOutcome(reply(NLMSG_ERROR, "0000"))).toThrow("truncated");
  });
});
