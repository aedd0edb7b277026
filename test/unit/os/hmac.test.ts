import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/base/bytes.ts";
import { parseSecrets, SIGNATURE_LENGTH, sign, verify } from "../../../src/os/hmac.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const parsed = (file: string): unknown =>
  parseSecrets(file, "key").map(({ id, key }) => [id, Buffer.from(key).toString()]);

describe("signatures", () => {
  test("are the first 16 octets of HMAC-SHA256 (RFC 4231 §4.2, §4.6)", () => {
    const one = sign(text("Hi There"), new Uint8Array(20).fill(0x0b));
    expect(toHex(one)).toBe("b0344c61d8db38535ca8afceaf0bf12b");
    const truncated = sign(text("Test With Truncation"), new Uint8Array(20).fill(0x0c));
    expect(toHex(truncated)).toBe("a3b6167473100ee06e0c796c2955552b");
  });

  test("hold for the signed octets and key alone", () => {
    const octets = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(octets, octets, fc.nat(), (message, key, at) => {
        const signature = sign(message, key);
        expect(verify(message, key, signature)).toBe(true);
        const flipped = message.map((byte, i) => (i === at % message.length ? byte ^ 1 : byte));
        expect(verify(flipped, key, signature)).toBe(false);
        const other = key.map((byte, i) => (i === at % key.length ? byte ^ 1 : byte));
        expect(verify(message, other, signature)).toBe(false);
        const forged = signature.map((byte, i) => (i === at % SIGNATURE_LENGTH ? byte ^ 1 : byte));
        expect(verify(message, key, forged)).toBe(false);
      }),
    );
  });

  test("of another length are refused", () => {
    const key = text("12345678");
    const whole = sign(text("x"), key);
    expect(verify(text("x"), key, whole.subarray(0, 15))).toBe(false);
    expect(verify(text("x"), key, new Uint8Array(0))).toBe(false);
    expect(verify(text("x"), key, Uint8Array.of(...whole, 0))).toBe(false);
  });
});

describe("the secret file", () => {
  test("holds keys by id, in order, with comments and blank lines", () => {
    expect(parsed("# new\n2: correct horse\n\n  1:battery staple\n")).toEqual([
      [2, "correct horse"],
      [1, "battery staple"],
    ]);
  });

  test("of one bare line is key 0", () => {
    expect(parsed("correct horse\n")).toEqual([[0, "correct horse"]]);
  });

  test("takes hexadecimal and base64", () => {
    const [hex, base64, bare] = [
      parseSecrets("1:hex:0001020304050607", "f"),
      parseSecrets("1:base64:AAECAwQFBgc=", "f"),
      parseSecrets("hex: 0001020304050607", "f"),
    ];
    expect(hex?.[0]?.key).toEqual(fromHex("0001020304050607"));
    expect(base64).toEqual(hex);
    expect(bare?.[0]).toEqual({ id: 0, key: fromHex("0001020304050607") });
  });

  test.each([
    ["", /key holds no key/],
    ["# only this\n", /key holds no key/],
    ["1:correct horse\nbattery staple", /key:2: a line `id:key` was expected/],
    ["\n70000:correct horse", /key:2: key id 70000 is not in 0-65535/],
    ["1:correct horse\n1:battery staple", /key:2: key id 1 stands there twice/],
    ["1:short", /key:1: a key of 8 octets is the least, not 5/],
    ["1:", /key:1: a key of 8 octets is the least, not 0/],
    ["1:hex:00010203040506xx", /key:1: this is not hex/],
    ["1:hex:000102030405060", /key:1: this is not hex/],
    ["1:base64:****", /key:1: this is not base64/],
  ])("%j is refused with its line", (file, sentence) => {
    expect(() => parseSecrets(file, "key")).toThrow(sentence);
    expect(() => parseSecrets(file, "key")).toThrow(
      expect.objectContaining({ code: "BATON_SECRET" }),
    );
  });

  test("never shows a key in an error", () => {
    const secret = "correct horse";
    for (const file of [`x:${secret}\n${secret}`, `1:hex:${secret}`, `99999:${secret}`]) {
      expect(() => parseSecrets(file, "key")).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }),
      );
    }
  });
});
