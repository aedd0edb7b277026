/** Text that is not YAML, or too much of it; and where things stand in text that is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { formatProblem, type Place } from "../../../src/config/report.ts";
import { readYaml } from "../../../src/config/yaml.ts";

const first = (text: string): string => {
  const read = readYaml(text);
  const problem = read.kind === "invalid" ? read.problems[0] : undefined;
  return problem === undefined ? "fine" : formatProblem(problem, "f");
};

describe("what is refused", () => {
  it.each([
    ["a: 1\na: 2\n", "f:2:1: error: this key is there twice"],
    ["a:\n\tb: 1\n", "f:2:1: error: tabs can not indent: use spaces"],
    [
      "a: 1\n---\nb: 2\n",
      "f:2:1: error: a second document begins here: one file is one configuration",
    ],
    ["a: 'x\n", "f:2:1: error: is not YAML: Missing closing 'quote"],
    ["a: *there\n", "f:1:4: error: there is no anchor &there above"],
    ["a: !secret 3\n", "f:1:4: error: is not YAML: Unresolved tag: !secret"],
    ["a: &a [*a]\n", "is nested deeper than 32 levels"],
    ["b: 1\n? [a]\n: 1\n", "f:2:3: error: a key is a plain word"],
    ["a:\n  __proto__: 1\n", "f:2:3: error: a key is a plain word"],
    ["[".repeat(100_000), "f:1:1: error: line 1 is longer than 10000 characters"],
    ["[\n".repeat(100_000), "f:1:1: error: has more than 1000 open brackets"],
    ["- ".repeat(100), "is nested deeper than 32 levels"],
    ["- ".repeat(4000), "f:1:"],
    [" \n".repeat(5 << 20), "f:1:1: error: is longer than 8388608 characters"],
  ])("%#", (text, report) => {
    expect(first(text)).toContain(report);
  });

  it("an IPv6 endpoint without quotes is explained", () => {
    expect(first("servers:\n  - [fd00::2]:80\n")).toMatch(
      /^f:2:\d+: error: is not YAML: .*\n {4}YAML takes \[ for a list: put the IPv6 address/,
    );
    expect(first("servers: [[fd00::2]:80]\n")).toContain("YAML takes [ for a list");
  });

  it("aliases that multiply end at a limit", () => {
    const lines = Array.from({ length: 12 }, (_, i) => {
      const inner = i === 0 ? "1" : `*a${i - 1}`;
      return `k${i}: &a${i} [${Array<string>(10).fill(inner).join(", ")}]`;
    });
    expect(first(lines.join("\n"))).toContain("has more than 500000 values");
  });
});

describe("where things stand", () => {
  const text = "a: 1\nb:\n  c: [x, {d: 2}]\n  e:\n    - f: 3\ng: &g\n  h: 4\ni: *g\n";
  const read = readYaml(text);

  it.each<[Place, string]>([
    [["a"], "1:4"],
    [["b"], "2:1"],
    [["b", "c"], "3:6"],
    [["b", "c", 0], "3:7"],
    [["b", "c", 1, "d"], "3:14"],
    [["b", "e"], "4:3"],
    [["b", "e", 0], "5:7"],
    [["b", "e", 0, "f"], "5:10"],
    [["b", "e", 7], "4:3"],
    [["b", "missing", "deeper"], "2:1"],
    [["i", "h"], "7:6"],
    [[], "1:1"],
  ])("%j", (place, at) => {
    const position = read.kind === "tree" ? read.tree.locate(place) : undefined;
    expect(`${position?.line}:${position?.column}`).toBe(at);
  });

  it("aliases are values like others", () => {
    expect(read).toMatchObject({ tree: { data: { g: { h: 4 }, i: { h: 4 } } } });
  });
});

describe("parse never throws", () => {
  const scraps = ["directors:", "instances:", "  lb1:", "- ", "{", "}", "[", "]", ": ", "\n", "  "];
  const words = [
    "&a",
    "*a",
    "!x",
    "'",
    '"',
    "|",
    "eth0:0",
    "10.0.0.1",
    "250ms",
    "null",
    "#",
    "__proto__",
  ];
  const soup = fc.array(fc.constantFrom(...scraps, ...words)).map((parts) => parts.join(""));

  it.each([
    ["text", fc.string({ unit: "binary" })],
    ["scraps of a file", soup],
    ["JSON", fc.json()],
  ])("%s", (_name, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const loaded = parse(text);
        expect(loaded.kind).toBe("invalid");
        for (const { at } of loaded.problems) {
          expect(at?.line).toBeGreaterThan(0);
          expect(at?.column).toBeGreaterThan(0);
        }
        expect(loaded.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
