import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLossless, encodeLossless } from "../../../src/base/lossless.ts";

const odd = fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, -0, null);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.double(), fc.boolean(), odd),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant("$map")), tie("value"), { maxKeys: 4 }),
    fc.array(fc.tuple(fc.integer(), tie("value"))).map((all) => new Map(all)),
    fc.array(fc.string()).map((all) => new Set(all)),
  ),
}));

test("what is written is read back, maps and undefined as well", () => {
  fc.assert(
    fc.property(value, (one) => {
      const text = encodeLossless(one);
      expect(decodeLossless(text)).toStrictEqual(plain(one));
      expect(encodeLossless(decodeLossless(text))).toBe(text);
    }),
  );
});

/** fast-check makes records without a prototype. */
function plain(one: unknown): unknown {
  if (one instanceof Map) return new Map([...one].map(([key, each]) => [key, plain(each)]));
  if (one instanceof Set || typeof one !== "object" || one === null) return one;
  if (Array.isArray(one)) return one.map(plain);
  return Object.fromEntries(Object.entries(one).map(([key, each]) => [key, plain(each)]));
}
