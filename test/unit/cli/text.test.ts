/** Words and columns for terminals. */
import { describe, expect, test } from "vitest";
import { age, ago, bytesRate, loss, styleOf, table, wrap } from "../../../src/cli/text.ts";

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [1000, "1.0 s"],
  [59_999, "59.9 s"],
  [60_000, "1 m 0 s"],
  [3_599_999, "59 m 59 s"],
  [11_520_000, "3 h 12 m"],
  [352_800_000, "4 d 2 h"],
])("%d ms is %s", (value, text) => expect(age(value)).toBe(text));

test("what never was has no age", () => expect(ago(undefined)).toBe("never"));

test.each([
  [0, "0 B/s"],
  [999, "999 B/s"],
  [1000, "1.0 kB/s"],
  [51_200, "51 kB/s"],
  [999_700, "1.0 MB/s"],
  [5e15, "5000 TB/s"],
])("%d octets a second are %s", (value, text) => expect(bytesRate(value)).toBe(text));

test("loss is of what was sent", () => {
  expect(loss(0, 0)).toBe("0 %");
  expect(loss(1, 999)).toBe("0.1 %");
});

describe("tables", () => {
  test("columns begin below each other, painted or not", () => {
    const { good } = styleOf(true);
    const plain = (lines: readonly string[]): readonly string[] =>
      // oxlint-disable-next-line no-control-regex
      lines.map((line) => line.replaceAll(/\x1b\[\d+m/g, ""));
    const rows = [
      ["a", good("here"), "x"],
      ["bcd", "no", "yz"],
    ];
    expect(plain(table(rows, 2))).toEqual(["  a    here  x", "  bcd  no    yz"]);
  });

  test("no line is wider than the terminal, and no word is lost", () => {
    const line = "  lb2  backup, priority 100, level, hears this director, heard 120 ms ago";
    const lines = wrap(line, 30);
    expect(Math.max(...lines.map((one) => one.length))).toBeLessThanOrEqual(30);
    expect(lines.join(" ").split(/ +/)).toEqual(line.split(/ +/));
    expect(lines.slice(1).every((one) => one.startsWith("      "))).toBe(true);
    expect(wrap(line, Number.POSITIVE_INFINITY)).toEqual([line]);
    expect(wrap("abcdefghij", 3)).toEqual(["abcdefghij"]);
  });
});
