/** Patterns of keepalived's rewritten for JavaScript: as its own flags would have them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { expressionOf, type Regex } from "../../../../src/config/import/keepalived/regex.ts";

const plain: Regex = { pattern: "", options: [], noMatch: false, from: undefined, to: undefined };
const isFound = (regex: Partial<Regex>, text: string): boolean =>
  new RegExp(expressionOf({ ...plain, ...regex }), "u").test(text);

const piece = fc.constantFrom(
  ..."a B . ^ [aC] [^b-d] [A-z] \\. \\n (?:b|C) c? .* (?=a) \\x41 \\w [\\]x]".split(" "),
);
const letter = fc.constantFrom(..."a b c A B C . ] x".split(" "), "\n");
const FLAGS = { caseless: "i", multiline: "m", dotall: "s" } as const;

test("caseless, multiline and dotall are JavaScript's i, m and s", () => {
  const options = fc.subarray(["caseless", "multiline", "dotall"] as const);
  const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
  const text = fc.array(letter, { maxLength: 6 }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(pattern, options, text, (source, said, found) => {
      const flags = said.map((word) => FLAGS[word]).join("");
      // An escape is left as it is: a case of its own can not be seen in it.
      fc.pre(!(said.includes("caseless") && source.includes("\\x41")));
      const own = new RegExp(source, `u${flags}`);
      expect(isFound({ pattern: source, options: said }, found)).toBe(own.test(found));
    }),
    { numRuns: 500 },
  );
});

test.each<[Partial<Regex>, string, boolean]>([
  [{ pattern: "ok$" }, "ok\n", true],
  [{ pattern: "ok$", options: ["dollar_endonly"] }, "ok\n", false],
  [{ pattern: "ok$", options: ["multiline"] }, "ok\nmore", true],
  [{ pattern: "ok", options: ["anchored"] }, "not ok", false],
  [{ pattern: "error", noMatch: true }, "all\nwell", true],
  [{ pattern: "error", noMatch: true }, "an\nerror", false],
  [{ pattern: "^ok", noMatch: true }, "not ok", true],
  [{ pattern: "ok", from: 3 }, "ok", false],
  [{ pattern: "ok", from: 3 }, "a ok ok", true],
  [{ pattern: "ok", to: 3 }, "1234ok", false],
  [{ pattern: "ok", to: 3 }, "123ok", true],
  [{ pattern: "ok", from: 1, to: 3, noMatch: true }, "ok ok", false],
  [{ pattern: "ok", from: 4, to: 5, noMatch: true }, "ok ok", true],
])("%j of %j: %s", (regex, text, found) => {
  expect(isFound(regex, text)).toBe(found);
});
