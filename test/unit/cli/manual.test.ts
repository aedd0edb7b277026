/** The manual pages: every command, option and key, in roff that holds. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { manualPages } from "../../../src/cli/manual/pages.ts";
import { jsonSchema } from "../../../src/config/schema.ts";
import { program } from "./words.ts";

const pages = manualPages(program, "2026-01-31");
const { commands } = program;
/** Without its first letter, which becomes a capital, and without marks of words. */
const told = (text: string): string => text.slice(1).replaceAll("`", "");

/** A page as somebody reads it, as far as these macros go. */
const read = (name: string): string =>
  (pages[name] ?? "")
    .replaceAll(/\\f[BIR]/g, "")
    .replaceAll("\\-", "-")
    .replaceAll("\\e", "\\")
    .replaceAll("\\(ti", "~")
    .replaceAll("\\(ha", "^")
    .replaceAll(/\\\[u([0-9A-F]+)\]/g, (_, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    );

test("there is a page for the program, for its file, and for each command", () => {
  expect(Object.keys(pages).sort()).toEqual(
    ["baton.8", "baton.yaml.5", ...commands.map(({ name }) => `baton-${name}.8`)].sort(),
  );
});

test.each(commands)("baton-$name(8) has all that --help has", (command) => {
  const text = read(`baton-${command.name}.8`);
  for (const { flags, description } of [...command.options, ...program.options]) {
    if (flags.includes("--help")) continue;
    expect(text).toContain(`.TP\n${flags}\n`);
    expect(text).toContain(told(description));
  }
  for (const { form, description } of command.arguments) {
    expect(text).toContain(`.TP\n${form}\n`);
    expect(text).toContain(told(description));
  }
  expect(text).toContain(told(command.description));
  expect(read("baton.8")).toContain(`.TP\nbaton-${command.name}(8)\n`);
});

describe("baton.yaml(5)", () => {
  interface Node {
    readonly properties?: Readonly<Record<string, Node>>;
    readonly description?: string;
    readonly [key: string]: unknown;
  }

  /** Every key of the schema with its text, wherever it stands. */
  function* keysOf(node: Node): Generator<readonly [key: string, description: string]> {
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      yield [key, value.description ?? ""];
    }
    for (const value of Object.values(node)) {
      if (typeof value === "object" && value !== null) yield* keysOf(value as Node);
    }
  }

  test("has every key with its meaning", () => {
    const text = read("baton.yaml.5");
    const entries = new Set(text.split(".TP\n").map((entry) => entry.split("\n", 1)[0]));
    const keys = [...keysOf(jsonSchema() as Node)];
    expect(keys.length).toBeGreaterThan(150);
    const plain = text.replaceAll("\\&", "");
    const missing = keys.filter(
      ([key, description]) => !entries.has(key) || !plain.includes(description.replaceAll("`", "")),
    );
    expect(missing).toEqual([]);
  });

  test("tells values and defaults", () => {
    expect(read("baton.yaml.5")).toContain("missed\na whole number from 2 to 60; default 3.\n");
    expect(read("baton.yaml.5")).toContain("routerId\na whole number from 1 to 255; required.\n");
  });

  test("tells what stands at several places once", () => {
    expect(read("baton.yaml.5")).toContain("Its keys are those of heartbeat.vrrp.");
  });
});

test("no line is taken for a macro that it is not", () => {
  const macros = /^\.(TH|SH|SS|TP|PP|br|nf|fi)\b/;
  for (const [name, text] of Object.entries(pages)) {
    const wrong = text.split("\n").filter((line) => /^[.']/.test(line) && !macros.test(line));
    expect({ name, wrong }).toEqual({ name, wrong: [] });
    // biome-ignore lint: the range is what is meant.
    expect(text).toMatch(/^[\n -~]*$/);
  }
});

test("groff has nothing to say about them", () => {
  const args = ["-man", "-ww", "-z", "-Tutf8"];
  const input = Object.values(pages).join("");
  const { error, stderr } = spawnSync("groff", args, { input, encoding: "utf8" });
  expect({ error, stderr }).toEqual({ error: undefined, stderr: "" });
});
