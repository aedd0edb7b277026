import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError } from "../../src/base/bytes.ts";
import { decode, encode, splitSignature } from "../../src/wire/heartbeat/envelope.ts";
import { envelope } from "../support/envelopes.ts";

const RUNS = { numRuns: 3000 };
const MAGIC = [0x42, 0x54, 0x4e, 0x31, 1];

/** Decodes, or refuses in the one way that callers expect. */
function survives(bytes: Uint8Array): void {
  for (const read of [splitSignature, decode]) {
    try {
      read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
    }
  }
}

describe("whatever arrives, only a DecodeError is thrown", () => {
  test("random octets", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), survives), RUNS);
  });

  test("random octets that begin like a heartbeat", () => {
    const begun = fc
      .uint8Array({ maxLength: 400 })
      .map((rest) => Uint8Array.from([...MAGIC, ...rest]));
    fc.assert(fc.property(begun, survives), RUNS);
  });

  test("heartbeats with flipped bits", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(envelope, flips, (value, changes) => {
        const bytes = encode(value);
        for (const [where, bit] of changes) {
          const at = where % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        }
        survives(bytes);
      }),
      RUNS,
    );
  });

  test("heartbeats that are cut, or continued", () => {
    fc.assert(
      fc.property(envelope, fc.nat(), fc.uint8Array({ maxLength: 40 }), (value, end, rest) => {
        const bytes = encode(value);
        const cut = bytes.subarray(0, end % (bytes.length + 1));
        survives(cut);
        survives(Uint8Array.from([...cut, ...rest]));
        survives(Uint8Array.from([...bytes, ...rest]));
      }),
      RUNS,
    );
  });
});
