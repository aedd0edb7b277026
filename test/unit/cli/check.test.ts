/** `baton check` from the command line to its last word. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BASE, spoil } from "../config/base.ts";
import { baton } from "./capture.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-check-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (text: string): string => {
  const path = join(folder, "baton.yaml");
  writeFileSync(path, text);
  return path;
};

describe("the file", () => {
  test("a valid one", async () => {
    const path = file(BASE);
    const said = await baton("check", "-c", path, "--no-host");
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toMatch(/^.* is valid.*: configuration [0-9a-f]{16}\n$/s);
    expect(await baton("-c", path, "check", "--no-host")).toEqual(said);
  });

  test("an alias is refused at its place, with the remedy", async () => {
    const { text, at } = spoil("interface: eth2", "interface: «eth0:0");
    const path = file(text);
    const said = await baton("check", "-c", path, "--no-host");
    expect(said).toMatchObject({ code: 2, err: "" });
    expect(said.out).toContain(`${path}:${at}: error: instances.web.interface: eth0:0 is an alias`);
    expect(said.out).toContain("\n    Name the real interface: eth0.\n");
    expect(said.out).toMatch(/: 1 error\n$/);
  });

  test("--json has every problem with its line and column", async () => {
    const { text, at } = spoil("interface: eth2", "interface: «eth0:0");
    const said = await baton("check", "--json", "-c", file(text));
    expect(said.code).toBe(2);
    const verdict = JSON.parse(said.out) as { problems: Record<string, unknown>[] };
    expect(verdict).toMatchObject({ format: 1, valid: false });
    const [line, column] = at.split(":").map(Number);
    expect(verdict.problems).toEqual([
      {
        severity: "error",
        code: "BATON_ALIAS",
        line,
        column,
        key: "instances.web.interface",
        message: "eth0:0 is an alias: a label on an address, not an interface",
        remedy: "Name the real interface: eth0.",
      },
    ]);
  });

  test("a warning does not refuse it", async () => {
    const path = file(BASE.replace("- 192.168.60.100", "- 192.168.60.100/24"));
    const said = await baton("check", "-c", path, "--no-host");
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/: warning: .*\n/);
    expect(said.out).toMatch(/ is valid \(1 warning.*\): configuration/);
  });

  test("one that is not there, a directory", async () => {
    const missing = await baton("--root", folder, "check");
    expect(missing).toMatchObject({ code: 2, out: "" });
    expect(missing.err).toContain(`${folder}/etc/baton/baton.yaml was sought and does not exist`);
    expect(missing.err).toContain("BATON_CONFIG");
    mkdirSync(join(folder, "etc"), { recursive: true });
    const wrong = await baton("-c", join(folder, "etc"), "check");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("is a directory");
  });
});

describe("the host", () => {
  test("a file for other hosts is refused here, with what was sought and found", async () => {
    const said = await baton("check", "-c", file(BASE.replace("waitForInterface: true\n", "")));
    expect(said.code).toBe(2);
    expect(said.out).toMatch(/:2:1: error: directors: no director's address is on an interface/);
    expect(said.out).toContain("sought lb1's 192.168.60.130, 10.9.9.130");
  });

  test("--as says who this is; the secret file is looked at", async () => {
    const secret = join(folder, "key");
    writeFileSync(secret, "0:0123456789abcdef\n");
    chmodSync(secret, 0o644);
    const text = BASE.replace("/etc/baton/heartbeat.key", secret);
    const said = await baton("check", "--as", "lb2", "-c", file(text));
    expect(said.code).toBe(2);
    expect(said.out).toContain(`${secret} has mode 644`);
    chmodSync(secret, 0o600);
    const better = await baton("check", "--as", "lb2", "-c", file(text));
    expect(better.out).not.toContain(secret);
    const stranger = await baton("check", "--as", "lb9", "-c", file(text));
    expect(stranger.out).toContain("--as lb9 names no director");
  });
});
