/** The package's scripts: what dpkg calls, and what they do to a daemon that runs. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "../../support/sources.ts";

type Script = "postinst" | "prerm" | "postrm";

interface Host {
  /** Of the unit; undefined where no systemd runs. */
  readonly unit?: "active" | "activating" | "inactive" | "failed";
  readonly enabled?: boolean;
  /** Whether `baton check --no-host --successor` takes the file. */
  readonly valid?: boolean;
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-scripts-"));
  for (const folder of ["bin", "etc/baton", "usr/share/baton", "run/baton", "var/lib/baton"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, "usr/share/baton/baton.yaml"), "# an example\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (): string => join(root, "etc/baton/baton.yaml");

interface Outcome {
  /** The commands that change something. */
  readonly did: readonly string[];
  readonly said: string;
}

/** Runs a script as dpkg does, with this folder as its system. */
function run(script: Script, args: readonly string[], host: Host = {}): Outcome {
  const { unit, valid = true, enabled = false } = host;
  const log = join(root, "log");
  writeFileSync(log, "");
  const program = (name: string, body: string): void =>
    writeFileSync(join(root, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  program(
    "systemctl",
    `[ "$1" = show ] && { echo ${unit}; exit; }
    [ "$1" = is-enabled ] && exit ${enabled ? 0 : 1}
    echo "systemctl $*" >>${log}`,
  );
  program("deb-systemd-invoke", `echo "invoke $*" >>${log}`);
  program(
    "baton",
    `[ "$*" = "check --no-host --successor" ] || exit 9
    echo "about the file"; exit ${valid ? 0 : 2}`,
  );
  if (unit) mkdirSync(join(root, "run/systemd/system"), { recursive: true });
  const text = readFileSync(join(ROOT, ".ci/deb", script), "utf8");
  const here = text.replaceAll(/(?<![\w.])\/(etc|run|usr\/share|var\/lib)\//g, `${root}/$1/`);
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", here, script, ...args], {
    encoding: "utf8",
    env: { PATH: `${join(root, "bin")}:/usr/bin:/bin` },
  });
  expect(status).toBe(0);
  const did = readFileSync(log, "utf8").trim().split("\n");
  return { did: did.filter((line) => line !== ""), said: `${stdout}${stderr}` };
}

const RELOAD = "systemctl daemon-reload";
const RESTART = "invoke restart baton.service";

describe("the first installation", () => {
  test("leaves an example, starts nothing, and says so", () => {
    const { did, said } = run("postinst", ["configure"], { unit: "inactive" });
    expect(did).toEqual([RELOAD]);
    expect(readFileSync(file(), "utf8")).toBe("# an example\n");
    expect(said).toContain("neither enabled nor started");
  });

  test("keeps a file that is there already", () => {
    writeFileSync(file(), "mine\n");
    expect(run("postinst", ["configure"]).said).toBe("");
    expect(readFileSync(file(), "utf8")).toBe("mine\n");
  });
});

describe("an upgrade", () => {
  test.each([["upgrade", "0.2.0"], ["failed-upgrade", "0.1.0"], ["deconfigure"]])(
    "stops nothing before its files are replaced: prerm %s",
    (...args) => {
      expect(run("prerm", args, { unit: "active" })).toEqual({ did: [], said: "" });
      expect(run("postrm", ["upgrade", "0.2.0"], { unit: "active" }).did).toEqual([]);
    },
  );

  test.each(["active", "activating"] as const)("restarts a unit that is %s", (unit) => {
    expect(run("postinst", ["configure", "0.1.0"], { unit }).did).toEqual([RELOAD, RESTART]);
  });

  test.each(["inactive", "failed"] as const)("starts no unit that is %s", (unit) => {
    expect(run("postinst", ["configure", "0.1.0"], { unit }).did).toEqual([RELOAD]);
  });

  test("says that one which comes up at the next boot does not run now", () => {
    const { did, said } = run("postinst", ["configure", "0.1.0"], {
      unit: "inactive",
      enabled: true,
    });
    expect(did).toEqual([RELOAD]);
    expect(said).toBe(
      "baton: it is enabled and does not run; to start it: systemctl start baton\n",
    );
  });

  test("leaves the daemon alone whose file the new version refuses", () => {
    const host = { unit: "active", valid: false } as const;
    const { did, said } = run("postinst", ["configure", "0.1.0"], host);
    expect(did).toEqual([RELOAD]);
    expect(said).toMatch(/^about the file\nbaton: the daemon that runs stays as it is/);
  });

  test("brings no example back that somebody took away", () => {
    run("postinst", ["configure", "0.1.0"], { unit: "inactive" });
    expect(existsSync(file())).toBe(false);
  });

  test("without systemd there is nothing to do", () => {
    expect(run("postinst", ["configure", "0.1.0"])).toEqual({ did: [], said: "" });
  });
});

describe("removal", () => {
  test("is a stop, which hands over, before the program goes", () => {
    expect(run("prerm", ["remove"], { unit: "active" }).did).toEqual([
      "invoke stop baton.service baton-guard.service",
    ]);
    expect(run("postrm", ["remove"], { unit: "inactive" }).did).toEqual([RELOAD]);
    expect(existsSync(join(root, "var/lib/baton"))).toBe(true);
  });

  test("a purge takes all but what others wrote, twice as well as once", () => {
    writeFileSync(file(), "mine\n");
    writeFileSync(join(root, "etc/baton/heartbeat.key"), "1:00\n");
    for (const _ of [1, 2]) {
      expect(run("postrm", ["purge"]).said).toContain("was not written by this package");
      expect(readdirSync(join(root, "etc/baton"))).toEqual(["heartbeat.key"]);
      expect(existsSync(join(root, "var/lib/baton"))).toBe(false);
    }
    rmSync(join(root, "etc/baton/heartbeat.key"));
    expect(run("postrm", ["purge"]).said).toBe("");
    expect(existsSync(join(root, "etc/baton"))).toBe(false);
  });
});
