/** The two scripts of the unit that tell a restart, a stop and a crash apart. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "../../support/sources.ts";

const UNIT = readFileSync(join(ROOT, "systemd/baton.service"), "utf8").replaceAll("\\\n", " ");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-stop-"));
  mkdirSync(join(folder, "baton"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mark = (): string => join(folder, "baton/restarting");

interface Situation {
  /** The unit's job, as `systemctl list-jobs` tells it. */
  readonly job?: "restart" | "stop" | "start";
  readonly result?: "success" | "signal" | "watchdog" | "exit-code";
  readonly state?: "master" | "leaving";
  readonly ended?: boolean;
}

/** Runs what the unit says for `key`, and returns what it printed. */
function run(key: "ExecStop" | "ExecStopPost", situation: Situation = {}): string {
  const script = new RegExp(`^${key}=-/bin/sh -c '([^']*)'$`, "m").exec(UNIT)?.[1];
  if (script === undefined) throw new Error(`no script of ${key}`);
  const program = join(folder, "systemctl");
  const line = situation.job ? `echo "419 baton.service ${situation.job} running"` : "exit 1";
  writeFileSync(program, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const text = script
    .replaceAll("%t", folder)
    .replaceAll("$$", "$")
    .replaceAll("exec /usr/bin/baton", "echo baton");
  const { stdout, stderr } = spawnSync("/bin/sh", ["-c", text], {
    encoding: "utf8",
    env: { PATH: `${folder}:/usr/bin:/bin`, SERVICE_RESULT: situation.result ?? "success" },
  });
  return `${stdout}${stderr}`.trim();
}

function leave({ state = "master", ended = false }: Situation): void {
  const text = JSON.stringify({ instances: { web: { state } }, ended });
  writeFileSync(join(folder, "baton/state.json"), `${text}\n`);
}

describe("ExecStop", () => {
  test.each([
    ["restart", true],
    ["stop", false],
    [undefined, false],
  ] as const)("the job %s leaves a mark: %s", (job, marked) => {
    writeFileSync(mark(), "");
    expect(run("ExecStop", job ? { job } : {})).toBe("");
    expect(existsSync(mark())).toBe(marked);
  });
});

describe("ExecStopPost", () => {
  const RELEASES = "baton release";

  test.each<[string, Situation, string]>([
    ["a stop in good order", { job: "stop", ended: true }, ""],
    ["a crash: the next one may adopt", { result: "signal" }, ""],
    ["the watchdog's kill: likewise", { result: "watchdog" }, ""],
    ["a kill in the middle of leaving", { result: "signal", state: "leaving" }, RELEASES],
    ["a stop before signals were handled", { job: "stop", result: "success" }, RELEASES],
    ["a refusal: the release unit's turn", { job: "start", result: "exit-code" }, ""],
  ])("%s", (_, situation, does) => {
    leave(situation);
    expect(run("ExecStopPost", situation)).toBe(does);
  });

  test("nothing was left by any daemon", () => {
    expect(run("ExecStopPost", { result: "signal" })).toBe("");
  });

  test("a restart keeps what stands, and its mark is used up", () => {
    leave({ state: "master" });
    writeFileSync(mark(), "");
    expect(run("ExecStopPost", { job: "restart" })).toBe("");
    expect(existsSync(mark())).toBe(false);
  });

  test("a restart that became a stop meanwhile lets go", () => {
    leave({ state: "master" });
    writeFileSync(mark(), "");
    expect(run("ExecStopPost", { job: "stop" })).toBe(RELEASES);
  });
});
