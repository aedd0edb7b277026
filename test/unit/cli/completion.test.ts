/** Completion: every command and option in every shell; in bash by bash itself. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SHELLS } from "../../../src/cli/completion/shells.ts";
import { baton } from "./capture.ts";
import { program } from "./words.ts";

describe.each(SHELLS)("%s", (shell) => {
  test("knows every command and every option", async () => {
    const { code, out, err } = await baton("completion", shell);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const command of program.commands) {
      expect(out).toContain(command.name);
      for (const { names } of command.options) {
        const word = shell === "fish" ? `-l ${names.at(-1)?.slice(2)} ` : names.at(-1);
        expect(out).toContain(word);
      }
    }
    expect(out).not.toMatch(/%[a-z]\b/);
  });
});

test("another shell is refused", async () => {
  expect((await baton("completion", "csh")).code).toBe(2);
});

test("names without a daemon: nothing, and no error", async () => {
  const nowhere = join(tmpdir(), "baton-no-such-root");
  expect(await baton("--root", nowhere, "names", "servers")).toEqual({ code: 0, out: "", err: "" });
  expect((await baton("--help")).out).not.toContain("names");
});

describe("bash completes", () => {
  const CASES: readonly [typed: string, offers: string][] = [
    ["baton st", "status"],
    ["baton status --j", "--json"],
    ["baton -c x status --j", "--json"],
    ["baton --as lb", ""],
    ["baton drain ", "192.168.60.136:80 192.168.60.137:80 [fd00::1]:80"],
    // readline replaces what is behind the last colon.
    ["baton drain 192.168.60.136:", "80"],
    ["baton drain --for 2h [", "[fd00::1]:80"],
    ["baton drain --for ", ""],
    ["baton drain --service ", "http dns"],
    ["baton failover a", "api"],
    ["baton failover api ", ""],
    ["baton completion z", "zsh"],
    ["baton import --format lv", "lvs.cf"],
    ["baton import /etc/passwd /etc/os-rel", "/etc/os-release"],
    ["baton --config /etc/os-rel", "/etc/os-release"],
    ["baton --root /et", "/etc"],
    ["baton import --interface lo", "lo"],
  ];
  let offered: readonly string[];
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "baton-completion-"));
    mkdirSync(join(folder, "bin"));
    const answers = `case "$1 $2" in
      "names servers") printf '%s\\n' 192.168.60.136:80 192.168.60.137:80 '[fd00::1]:80' ;;
      "names instances") printf '%s\\n' web api ;;
      "names services") printf '%s\\n' http dns ;;
    esac`;
    writeFileSync(join(folder, "bin", "baton"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
    const lines = CASES.map(([typed]) => `try '${typed}'`).join("\n");
    const script = `${(await baton("completion", "bash")).out}
      try() { COMP_LINE=$1 COMP_POINT=\${#1}; _baton; echo "\${COMPREPLY[*]}"; }
      ${lines}`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      env: { PATH: `${folder}/bin:/usr/bin:/bin` },
    });
    expect(stderr).toBe("");
    offered = stdout.split("\n");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(CASES.map(([typed, offers], index) => ({ typed, offers, index })))(
    "$typed",
    ({ offers, index }) => {
      expect(offered[index]).toBe(offers);
    },
  );
});
