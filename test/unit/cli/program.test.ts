/** The command line: what is wrong usage, and how errors are told. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BatonError } from "../../../src/base/errors.ts";
import { VERSION } from "../../../src/base/version.ts";
import { failureCode, failureText } from "../../../src/cli/failure.ts";
import { baton } from "./capture.ts";

describe("usage", () => {
  test("help and version succeed", async () => {
    const help = await baton("--help");
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const name of ["run", "check", "status", "failover", "resume", "drill", "release"]) {
      expect(help.out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    }
    const file = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await baton("--version")).toEqual({ code: 0, out: `${file.version}\n`, err: "" });
    expect(VERSION).toBe(file.version);
  });

  test.each([
    [["replan"], "error: unknown command 'replan'"],
    [["rollback", "first"], "It is a number of"],
    [["reload", "--confirm", "25h"], "at most 24h"],
    [["statsu"], "Did you mean status?"],
    [["status", "--jsn"], "Did you mean --json?"],
    [["failover", "--hold", "10"], "Write a duration with its unit"],
    [["failover", "--hold", "0s"], "Write a duration with its unit"],
    [["failover", "--hold", "999999h"], "At most 168h"],
    [["drill", "--max-gap", "soon"], "Write a duration with its unit"],
    [["failover", "web", "api"], "too many arguments"],
    [["run"], "run comes first"],
    [["-c"], "argument missing"],
  ])("%j is wrong", async (argv, words) => {
    const said = await baton(...argv);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(words);
  });

  test("nothing at all shows the help, and is wrong", async () => {
    const said = await baton();
    expect(said.code).toBe(2);
    expect(said.err).toContain("Usage: baton");
  });
});

describe("failures", () => {
  test("a sentence, a remedy, and a code", () => {
    const error = new BatonError("BATON_NOT_RUNNING", "no daemon answers on /run/x");
    expect(failureText(error)).toBe(
      "baton: no daemon answers on /run/x\n" +
        "    Start it with `systemctl start baton` or `baton run`.\n" +
        "    BATON_NOT_RUNNING\n",
    );
    expect(failureCode(error)).toBe(1);
    expect(failureCode(new BatonError("BATON_CONFIG", "x"))).toBe(2);
  });

  test("what nobody foresaw says where it happened", () => {
    expect(failureText(new TypeError("oops"))).toMatch(/unexpected: TypeError: oops\n\s+at /);
    expect(failureCode(new TypeError("oops"))).toBe(1);
  });

  test("commands without a daemon", async () => {
    for (const argv of [["failover"], ["resume", "web"], ["drill"]]) {
      const said = await baton("--root", "/nonexistent", ...argv);
      expect(said).toMatchObject({ code: 1, out: "" });
      expect(said.err).toContain("no daemon answers on /nonexistent/run/baton/control.sock");
      expect(said.err).toContain("BATON_NOT_RUNNING");
    }
  });
});
