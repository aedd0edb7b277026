import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../support/sources.ts";

const UNITS = readdirSync(join(ROOT, "systemd"));
/** The units as they are installed, with a program that exists here. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-units-"));
  for (const unit of UNITS) {
    const text = readFileSync(join(ROOT, "systemd", unit), "utf8");
    writeFileSync(join(folder, unit), text.replaceAll("/usr/bin/baton", "/usr/bin/env"));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Analysis {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const analyze = (...args: readonly string[]): Analysis =>
  spawnSync("systemd-analyze", args, { encoding: "utf8", timeout: 30_000 });

describe("systemd", () => {
  test.each(UNITS)("%s is understood word for word", (unit) => {
    // It exits 0 on an unknown key, and only says so.
    const { status, stderr } = analyze("verify", "--man=no", join(folder, unit));
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("a misspelt key is found", () => {
    const unit = join(folder, "wrong.service");
    writeFileSync(unit, "[Service]\nExecStart=/usr/bin/env\nRestartSex=0\n");
    expect(analyze("verify", "--man=no", unit).stderr).toContain("RestartSex");
  });

  test.each(UNITS)("%s is confined", (unit) => {
    const { status, stdout } = analyze(
      "security",
      "--offline=true",
      "--threshold=35",
      join(folder, unit),
    );
    expect(stdout).toContain("Overall exposure level");
    expect(status).toBe(0);
  });
});

describe("baton.service", () => {
  const text = readFileSync(join(ROOT, "systemd", "baton.service"), "utf8");
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1];

  test("a refusal is not started again, a crash at once", () => {
    expect(value("RestartPreventExitStatus")).toBe("2");
    expect(value("Restart")).toBe("always");
    expect(value("RestartSec")).toBe("0");
  });

  test("the watchdog ends a frozen daemon for good", () => {
    expect(value("Type")).toBe("notify");
    expect(value("WatchdogSignal")).toBe("SIGKILL");
  });

  test("the run state outlives the daemon, so that a successor can adopt", () => {
    expect(value("RuntimeDirectoryPreserve")).toBe("yes");
  });

  test("only the capabilities that are needed", () => {
    expect(value("CapabilityBoundingSet")).toBe(
      "CAP_NET_ADMIN CAP_NET_RAW CAP_SETUID CAP_SETGID CAP_KILL",
    );
  });
});

test("the release unit acts only when systemd has given up", () => {
  // systemd 254 and newer trigger OnFailure= at each crash, also before an automatic restart.
  const text = readFileSync(join(ROOT, "systemd", "baton-release.service"), "utf8");
  expect(text).toMatch(/^ExecCondition=.*is-failed --quiet baton\.service$/m);
});
